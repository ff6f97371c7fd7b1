// A page of an application written with Relay: fragments, refetching by node, and pages of lists.
import { graphql } from 'relay-runtime';

export const customersQuery = graphql`
    query customersQuery($first: Int!, $after: String, $where: CustomerFilter) {
        viewer {
            subject
            roles
        }
        ...customers_list @arguments(first: $first, after: $after, where: $where)
    }
`;

// Pages of a list at the root.
export const customersList = graphql`
    fragment customers_list on Query
    @refetchable(queryName: "customersListQuery")
    @argumentDefinitions(
        first: { type: "Int", defaultValue: 10 }
        after: { type: "String" }
        where: { type: "CustomerFilter" }
    ) {
        customers(first: $first, after: $after, where: $where, orderBy: [{ name: ASC }])
            @connection(key: "customers_list_customers", filters: ["where"]) {
            totalCount
            edges {
                node {
                    id
                    ...customers_row
                }
            }
        }
    }
`;

export const customersRow = graphql`
    fragment customers_row on Customer {
        displayName
        type
        status
        updatedAt
        contactInfo {
            email
        }
        ...customers_contacts
        customFields(first: 5) {
            nodes {
                __typename
                key
                displayValue
                ... on CustomFieldMonetaryValue {
                    money {
                        amount
                        currency
                    }
                }
            }
        }
    }
`;

// Pages of a list under a node, in both directions.
export const customersContacts = graphql`
    fragment customers_contacts on Customer
    @refetchable(queryName: "customersContactsQuery")
    @argumentDefinitions(
        first: { type: "Int", defaultValue: 5 }
        after: { type: "String" }
        last: { type: "Int" }
        before: { type: "String" }
    ) {
        contacts(first: $first, after: $after, last: $last, before: $before) @connection(key: "customers_contacts_contacts") {
            edges {
                node {
                    name
                    role
                    primary
                }
            }
        }
    }
`;

// Any node by its id, and what it is.
export const customersNodeQuery = graphql`
    query customersNodeQuery($id: ID!) {
        node(id: $id) {
            __typename
            id
            ...customers_row @alias(as: "customer")
            ... on Load {
                number
                pickupLocation {
                    city
                }
                charge {
                    amount
                    currency
                }
            }
        }
    }
`;

// A mutation whose answer updates the store, and adds to a list.
export const customersContactCreate = graphql`
    mutation customersContactCreateMutation($input: ContactCreateInput!, $connections: [ID!]!) {
        contactCreate(input: $input) {
            contact @prependNode(connections: $connections, edgeTypeName: "ContactEdge") {
                id
                name
                version
                customer {
                    id
                    updatedAt
                }
            }
            userErrors {
                code
                message
                field
            }
        }
    }
`;
