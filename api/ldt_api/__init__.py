"""The HTTP interface: GraphQL over any graph of the twin."""
