import { graphql } from '../generated/gql.js';

graphql(`
  fragment DiscrepancyParts on PaymentDiscrepancy {
    id
    kind
    state
    order {
      id
      status
      version
    }
    gatewayPaymentId
    expected {
      amount
      currency
    }
    found {
      amount
      currency
    }
    detail
    detectedAt
    resolvedAt
    resolvedBy
    reason
  }
`);

export const PaymentDiscrepanciesDocument = graphql(`
  query PaymentDiscrepancies($first: Int, $after: String, $state: DiscrepancyState = OPEN) {
    paymentDiscrepancies(first: $first, after: $after, state: $state) {
      totalCount
      pageInfo {
        hasNextPage
        hasPreviousPage
        startCursor
        endCursor
      }
      edges {
        cursor
        node {
          ...DiscrepancyParts
        }
      }
    }
  }
`);

export const ResolvePaymentDiscrepancyDocument = graphql(`
  mutation ResolvePaymentDiscrepancy($id: ID!, $action: DiscrepancyAction!, $reason: String!) {
    resolvePaymentDiscrepancy(id: $id, action: $action, reason: $reason) {
      __typename
      ... on PaymentDiscrepancySuccess {
        discrepancy {
          ...DiscrepancyParts
        }
      }
      ... on OrderError {
        code
        message
      }
    }
  }
`);

export const OrderDiscrepanciesDocument = graphql(`
  query OrderDiscrepancies($id: ID!) {
    order(id: $id) {
      discrepancies {
        ...DiscrepancyParts
      }
    }
  }
`);
