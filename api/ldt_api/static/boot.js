// Start GraphiQL against this server, with a first question to run.
const question = `# What fails if this asset fails, when, and how do we know?
# Find assets with: { assets(filter: {text: "substation"}) { nodes { curie name type } } }
query Impact($of: [String!]!) {
  impact(of: $of, horizonHours: 24) {
    summary {
      byStatus { failed exposed }
      byDomain { key failed exposed }
      people { failed exposed }
    }
    hits(first: 10) {
      type
      name
      status
      hour
      because { sentence }
    }
  }
}
`;
const fetcher = GraphiQL.createFetcher({ url: "/graphql" });
fetch("/graphql", {
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify({ query: '{ assets(filter: {type: "Source"}, first: 1) { nodes { curie } } }' }),
})
  .then((answer) => answer.json())
  .catch(() => ({}))
  .then((answer) => {
    const first = answer.data?.assets?.nodes?.[0]?.curie ?? "dataset:identifier";
    ReactDOM.createRoot(document.getElementById("graphiql")).render(
      React.createElement(GraphiQL, {
        fetcher,
        defaultQuery: question,
        variables: JSON.stringify({ of: [first] }, null, 2),
        shouldPersistHeaders: false,
      }),
    );
  });
