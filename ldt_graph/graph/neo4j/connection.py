"""A Neo4j server: reached with patience, spoken to in transactions with a time budget, its faults told as ours."""

from __future__ import annotations

import re
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

from ldt_graph.deadline import left
from ldt_graph.errors import MissingExtra, QueryError, ServerError, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from typing import LiteralString, Self

    from ldt_graph.settings import Settings

try:
    import neo4j
    from neo4j import exceptions as faults
except ImportError:
    raise MissingExtra(
        "The Neo4j store needs the driver.", hint="pip install 'ldt-graph[neo4j]'."
    ) from None

OLDEST = (5, 26)
"""The oldest server that every statement of ours was tried on."""


class Server:
    """One database of a Neo4j server. Safe to share between threads.

    Attributes:
        lost: Whether the last statement found nobody to answer it.

    Args:
        settings: Address, account, database and time budget (`LDT_NEO4J_*`).
        wait: Seconds to try for while the server does not answer yet.

    Raises:
        SettingsError, ServerError: The address or account is wrong, the database unknown, the server too old.
        Unavailable: Nothing answered in time.
    """

    def __init__(self, settings: Settings, *, wait: float = 0.0) -> None:
        self.uri = settings.neo4j_uri
        self.database = settings.neo4j_database
        self._budget = float(settings.neo4j_timeout)
        self.lost = False
        if not re.match(r"(bolt|neo4j)(\+s|\+ssc)?://", settings.neo4j_uri):
            raise _no_address(settings.neo4j_uri)
        try:
            self.driver = neo4j.GraphDatabase.driver(
                settings.neo4j_uri,
                auth=(settings.neo4j_user, settings.neo4j_password),
                connection_timeout=5.0,
                connection_acquisition_timeout=10.0,
                max_transaction_retry_time=5.0,
                notifications_min_severity="OFF",
                user_agent="ldt-graph",
            )
        except (faults.ConfigurationError, ValueError) as error:
            raise _no_address(settings.neo4j_uri) from error
        try:
            self._reach(wait)
        except BaseException:
            self.driver.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Server({self.uri!r}, database={self.database!r})"

    def close(self) -> None:
        """Close every connection."""
        self.driver.close()

    def read(self, text: str, /, **values: object) -> neo4j.Record | None:
        """Run one statement in a read transaction, retried while the fault is transient; return its record."""
        with self._faults(), self._session(neo4j.READ_ACCESS) as session:
            return session.execute_read(self._work(text, values))

    def write(self, text: str, /, **values: object) -> neo4j.SummaryCounters:
        """Run one statement in a transaction of its own; return what the server counted."""

        def work(transaction: neo4j.ManagedTransaction) -> neo4j.SummaryCounters:
            return transaction.run(checked(text), values).consume().counters

        with self._faults(), self._session(neo4j.WRITE_ACCESS) as session:
            return session.execute_write(work)

    def schema(self, text: str) -> None:
        """Run a statement that creates constraints or indexes, or waits for them."""
        with self._faults(), self._session(neo4j.WRITE_ACCESS) as session:
            session.run(checked(text)).consume()

    @contextmanager
    def transaction(self, *, timeout: float | None = None) -> Generator[neo4j.Transaction]:
        """Open a write transaction: committed at the end, rolled back by an exception.

        Args:
            timeout: Seconds after which the server ends it; no limit unless given.
        """
        with self._faults(), self._session(neo4j.WRITE_ACCESS) as session:
            transaction = session.begin_transaction(timeout=timeout)
            try:
                yield transaction
                transaction.commit()
            finally:
                transaction.close()

    def _work(self, text: str, values: dict[str, object]) -> Callable[..., neo4j.Record | None]:
        @neo4j.unit_of_work(timeout=left(self._budget))
        def work(transaction: neo4j.ManagedTransaction) -> neo4j.Record | None:
            return transaction.run(checked(text), values).single()

        return work

    def _session(self, access: str) -> neo4j.Session:
        return self.driver.session(database=self.database, default_access_mode=access)

    def _reach(self, wait: float) -> None:
        """Connect and look at the version, trying again with growing pauses until `wait` is over."""
        end, pause = time.monotonic() + wait, 0.25
        while True:
            try:
                with self._faults(), self._session(neo4j.READ_ACCESS) as session:
                    agent = str(session.run("RETURN 1").consume().server.agent)
                break
            except Unavailable:
                if time.monotonic() + pause > end:
                    raise
                time.sleep(pause)
                pause = min(pause * 2, 5.0)
        version = re.search(r"/(\d+)\.(\d+)", agent)
        if version and (int(version[1]), int(version[2])) < OLDEST:
            raise ServerError(
                f"{self.uri} is {agent}, which is too old.",
                hint=f"Neo4j {OLDEST[0]}.{OLDEST[1]} or newer is needed.",
            )

    @contextmanager
    def _faults(self) -> Generator[None]:
        try:
            yield
            self.lost = False
        except faults.AuthError as error:
            code = error.code or ""
            if "Forbidden" in code:
                raise ServerError(
                    f"The account may not do that in {self.database!r} of {self.uri}: {error.message}",
                    hint="Publishing needs an account that writes, serving one that reads.",
                ) from None
            raise ServerError(
                f"{self.uri} refuses the account.",
                hint="Check LDT_NEO4J_USER and LDT_NEO4J_PASSWORD.",
            ) from None
        except faults.Neo4jError as error:
            raise self._told(error) from error
        except faults.ConfigurationError as error:
            raise ServerError(f"{self.uri}: {error}.") from None
        except (faults.DriverError, OSError) as error:
            self.lost = True
            raise Unavailable(
                f"The Neo4j server at {self.uri} does not answer: {_first_line(error)}",
                hint="Is it started? LDT_NEO4J_URI says where it is.",
            ) from error

    def _told(self, error: faults.Neo4jError) -> ServerError | Unavailable | QueryError:
        code, message = error.code or "", _first_line(error.message or "")
        if "DatabaseNotFound" in code:
            return ServerError(
                f"{self.uri} has no database {self.database!r}.", hint="Check LDT_NEO4J_DATABASE."
            )
        if "TransactionTimedOut" in code:
            left(self._budget)  # the question is over, not this statement alone
            return QueryError(
                f"The question took longer than {self._budget:g} seconds; the server ended it.",
                hint="Ask for less, or raise LDT_NEO4J_TIMEOUT.",
            )
        if "ReadOnly" in code or "read-only" in message or "AccessMode" in code:
            return ServerError(
                f"{self.database!r} of {self.uri} is read-only here; nothing was written: {message}",
                hint="Publish with an account and to a database that may be written.",
            )
        if (
            error.is_retryable()
            or "LockClientStopped" in code
            or code.startswith("Neo.TransientError")
        ):
            return Unavailable(f"{self.uri} could not do it now: {message}", hint="Try again.")
        if "ConstraintCreationFailed" in code or "ConstraintValidationFailed" in code:
            return ServerError(
                f"{self.database!r} of {self.uri} holds nodes labelled Entity that share an iri: {message}",
                hint="Name another database in LDT_NEO4J_DATABASE, or mend those nodes.",
            )
        return ServerError(f"{self.uri}: {message} ({code})")


def _no_address(uri: str) -> ServerError:
    return ServerError(
        f"{uri!r} is no address of a Neo4j server.",
        hint="Write bolt://host:7687, neo4j://host:7687 or neo4j+s://host:7687 in LDT_NEO4J_URI.",
    )


def checked(text: str) -> LiteralString:
    """Return a statement as the driver's types want it: composed of our texts and quoted names, values apart."""
    return cast("LiteralString", text)


def _first_line(error: object) -> str:
    return str(error).split("\n", 1)[0]
