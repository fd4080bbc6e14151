"""Many clients that ask while the twin is built anew, and keep account of what they are told."""

from __future__ import annotations

import itertools
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

SIZE = 60
# Four fields, four ways into a version: two numbers or two tags in one answer are a mixture.
QUESTION = """{ assets(filter: {type: "Pump"}, first: 60) { nodes { name relations { target { name } } } }
  asset(id: "0") { name } impact(of: ["0"]) { version { number } seeds { name } } quality(last: 1) { version { number } } }"""


def city(tag: str, size: int = SIZE) -> str:
    """Return a ring of pumps that all carry the version's tag."""
    return "".join(
        f'<p{n}> a ldt:Pump ; dcterms:identifier "{n}" ; rdfs:label "{tag}" ; ldt:fedBy <p{(n + 1) % size}> .\n'
        for n in range(size)
    )


class Clients:
    """Clients that ask again and again, as long as they are entered.

    Args:
        ask: Asks a question; returns the status, the number of the version that answered, and the answer.
        count: How many.
        pause: Seconds between an answer and the next question of each.
    """

    def __init__(self, ask: Callable[[str], tuple[int, str | None, dict[str, Any]]], *, count: int = 32, pause: float = 0.05) -> None:  # fmt: skip
        self._ask, self._pause = ask, pause
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._go_on) for _ in range(count)]
        self.wrong: list[object] = []
        self.seen: set[str] = set()
        self.away = itertools.count()
        self.answers = itertools.count()

    def __enter__(self) -> Clients:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _go_on(self) -> None:
        while not self._over.is_set():
            try:
                status, number, answer = self._ask(QUESTION)
            except (
                Exception
            ) as error:  # a connection that is refused or broken off is a wrong answer too
                self.wrong.append(error)
                return
            if status == 503:
                next(self.away)
                self._over.wait(max(0.2, self._pause))
                continue
            next(self.answers)
            self._over.wait(self._pause)
            told = self.told(number, answer)
            if status != 200 or "errors" in answer or len(told) != 1:
                self.wrong.append((status, told, answer.get("errors")))
            self.seen |= told

    def told(self, number: str | None, answer: dict[str, Any]) -> set[str]:
        """Return every version that an answer speaks of, by its tag."""
        data = answer.get("data")
        if not data:
            return set()
        nodes = data["assets"]["nodes"]
        names = {n["name"] for n in nodes} | {r["target"]["name"] for n in nodes for r in n["relations"]}  # fmt: skip
        names |= {data["asset"]["name"], data["impact"]["seeds"][0]["name"], f"v{number}"}
        names |= {f"v{v['version']['number']}" for v in (data["impact"], data["quality"][0])}
        return names | ({"cut"} if len(nodes) != SIZE else set())
