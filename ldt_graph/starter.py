"""What `ldt init` writes: a commented skeleton."""

from __future__ import annotations

SKELETON = """# A twin: a folder with this file. docs/reference/twin.md explains every key.
name = "My city"
base = "https://example.org/my-city/"   # every IRI of the twin begins with it
# data = "data"                         # where sources lie, relative to this file
# record = ".ldt/record"                # where versions are kept: a folder, or s3://bucket/path
# store = "neo4j"                       # where questions are answered; embedded unless given
# ontology = ["ontology/*.ttl"]         # your own classes and relations
# vocabularies = ["https://schema.org/"]  # namespaces whose terms need no declaration
# profile = "strict"                    # what shapes warn of for impact's sake is set aside
# contexts = { "https://example.org/context.jsonld" = "contexts/mine.jsonld" }  # JSON-LD contexts beside those that ship

# One [[dataset]] per source, in any order.
[[dataset]]
name = "stations"                       # prefix of its identifiers: stations:ST-1
source = "stations.csv"                 # a file, a folder or an archive below data/
mapping = "mappings/stations.ttl"       # a file, or a mapping that ships: gtfs, epanet, pandapower, ...
shapes = ["energy"]                     # files, or shapes that ship; "core" always holds
x = "lon"                               # columns of coordinates; crs = "EPSG:4326" unless you say otherwise
y = "lat"
# crs = "EPSG:25832"
# crs = { unit = "metre", anchor = { lon = 9.9, lat = 48.4, rotation = 0 } }
# references = { feeder = "power" }     # columns that hold identifiers: of a dataset, "power#FeederMap", "*" for any
# keys = { stations = ["id"] }          # what identifies a row, where the mapping's subject does not
# options = { delimiter = ";", encoding = "latin-1" }
# unused = ["stations.remark"]          # what the source holds and the twin leaves out, as `ldt coverage` names it
"""
