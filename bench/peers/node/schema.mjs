// The schema of the Yoga server.
export const typeDefs = /* GraphQL */ `
    scalar DateTime
    scalar Date

    interface Node {
        id: ID!
    }

    type PageInfo {
        hasNextPage: Boolean!
        endCursor: String
    }

    type Query {
        customer(id: ID!): Customer
        customers(first: Int!, after: String, where: CustomerFilter): CustomerConnection!
        search(text: String!, first: Int!): CustomerConnection!
        loads(first: Int!, statuses: [String!]!, from: DateTime!): LoadConnection!
        nodes(ids: [ID!]!): [Node]!
    }

    input CustomerFilter {
        creditScoreFrom: Float!
        contactNamePrefix: String!
    }

    type CustomerConnection {
        nodes: [Customer!]!
        totalCount: Int
        pageInfo: PageInfo
    }

    type Customer implements Node {
        id: ID!
        name: String!
        email: String!
        phone: String!
        status: String!
        createdAt: DateTime!
        contacts(first: Int!): ContactConnection!
        assets(first: Int!): CustomerAssetConnection!
        loads(first: Int!): LoadConnection!
        customFields(first: Int!): CustomFieldValueConnection!
    }

    type ContactConnection {
        nodes: [Contact!]!
    }

    type Contact implements Node {
        id: ID!
        name: String!
        email: String!
    }

    type CustomerAssetConnection {
        nodes: [CustomerAsset!]!
    }

    type CustomerAsset {
        id: ID!
        asset: Asset!
    }

    type Asset implements Node {
        id: ID!
        name: String!
        serialNumber: String!
        category: String!
        serviceRecords(first: Int!): ServiceRecordConnection!
    }

    type ServiceRecordConnection {
        nodes: [ServiceRecord!]!
    }

    type ServiceRecord {
        id: ID!
        technician: String!
        serviceDate: Date!
        notes: String!
    }

    type LoadConnection {
        nodes: [Load!]!
    }

    type Load implements Node {
        id: ID!
        status: String!
        commodity: String!
        weight: Int!
        value: Float!
        scheduledPickup: DateTime!
        customer: Customer!
        pickup: Address!
        delivery: Address!
        stops: [LoadStop!]!
    }

    type LoadStop {
        type: String!
        address: Address!
    }

    type Address implements Node {
        id: ID!
        street: String!
        city: String!
    }

    type CustomFieldValueConnection {
        nodes: [CustomFieldValue!]!
    }

    type CustomFieldValue {
        id: ID!
        value: String!
        definition: CustomFieldDefinition!
    }

    type CustomFieldDefinition {
        id: ID!
        name: String!
    }

    input CreateContactInput {
        customerId: ID!
        name: String!
        email: String!
    }

    type Mutation {
        createContact(input: CreateContactInput!): Contact!
    }
`;
