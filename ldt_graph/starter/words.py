"""What columns are called in the languages of Europe's cities: in lower case, without accents."""

IDS = ("id", "identifier", "uid", "code", "key", "nr", "no", "number", "nummer", "numer", "numero", "num", "kennung", "codigo", "codice", "kod", "kode", "ref", "matricola")  # fmt: skip
NAMES = (
    "name", "label", "title", "bezeichnung", "nom", "libelle", "nombre", "denominacion", "nome", "denominazione", "naam", "benaming", "navn", "namn",
    "nimi", "nazwa", "nazev", "nazov", "naziv", "ime", "megnevezes", "nev", "denumire", "nume", "titel", "titre", "titulo", "titolo",
)  # fmt: skip
TYPES = ("type", "class", "kind", "typ", "art", "tipo", "soort", "tyyppi", "rodzaj", "druh", "categorie", "categoria", "kategorie")  # fmt: skip
X = ("lon", "lng", "long", "longitude", "x", "easting", "rechtswert", "langengrad", "longitud", "longitudine", "lengtegraad", "coord_x", "x_coord")  # fmt: skip
Y = ("lat", "latitude", "y", "northing", "hochwert", "breitengrad", "latitud", "latitudine", "breedtegraad", "coord_y", "y_coord")  # fmt: skip
GEOMETRY = ("geometry", "wkt", "geom", "the_geom")
UNITS = frozenset({"kw", "mw", "w", "kv", "v", "mva", "kva", "m", "km", "mm", "bar", "h", "hours", "hour", "min", "minutes", "m3", "percent"})  # fmt: skip
