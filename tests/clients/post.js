// A request, as a client sends it.
export async function post(url, token, query, variables = {}) {
    const response = await fetch(url, {
        method: 'POST',
        headers: {
            accept: 'application/graphql-response+json',
            authorization: `Bearer ${token}`,
            'content-type': 'application/json',
        },
        body: JSON.stringify({ query, variables }),
    });
    return response.json();
}
