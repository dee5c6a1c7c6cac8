import { graphql } from '../generated/gql.js';

graphql(`
  fragment DeadLetterParts on DeadLetter {
    id
    order {
      id
      status
      version
    }
    task
    state
    attempts
    error
    createdAt
    resolvedAt
    resolvedBy
    reason
  }
`);

/** An order with all fields for operators. */
export const OperatorOrderDocument = graphql(`
  query OperatorOrder($id: ID!) {
    order(id: $id) {
      customerId
      failure {
        code
        message
        gatewayCode
      }
      events {
        version
        type
        detail
        note
        actor
      }
    }
  }
`);

export const DeadLettersDocument = graphql(`
  query DeadLetters($first: Int, $after: String, $state: DeadLetterState = OPEN) {
    deadLetters(first: $first, after: $after, state: $state) {
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
          ...DeadLetterParts
        }
      }
    }
  }
`);

export const RetryDeadLetterDocument = graphql(`
  mutation RetryDeadLetter($id: ID!) {
    retryDeadLetter(id: $id) {
      __typename
      ... on DeadLetterSuccess {
        deadLetter {
          ...DeadLetterParts
        }
      }
      ... on OrderError {
        code
        message
      }
      ... on DeadLetterNotOpen {
        state
      }
    }
  }
`);

export const RetryAllDeadLettersDocument = graphql(`
  mutation RetryAllDeadLetters($limit: Int) {
    retryAllDeadLetters(limit: $limit)
  }
`);

export const DiscardDeadLetterDocument = graphql(`
  mutation DiscardDeadLetter($id: ID!, $reason: String!) {
    discardDeadLetter(id: $id, reason: $reason) {
      __typename
      ... on DeadLetterSuccess {
        deadLetter {
          ...DeadLetterParts
        }
      }
      ... on OrderError {
        code
        message
      }
      ... on DeadLetterNotOpen {
        state
      }
    }
  }
`);

export const SettleDeadLetterOutsideDocument = graphql(`
  mutation SettleDeadLetterOutside($id: ID!, $reason: String!) {
    settleDeadLetterOutside(id: $id, reason: $reason) {
      __typename
      ... on DeadLetterSuccess {
        deadLetter {
          ...DeadLetterParts
        }
      }
      ... on OrderError {
        code
        message
      }
      ... on DeadLetterNotOpen {
        state
      }
    }
  }
`);

export const AuditLogDocument = graphql(`
  query AuditLog($first: Int, $after: String) {
    auditLog(first: $first, after: $after) {
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
          id
          occurredAt
          actor
          action
          target
          reason
          detail
        }
      }
    }
  }
`);

export const SystemStatusDocument = graphql(`
  query SystemStatus {
    systemStatus {
      database
      redis
      paymentGateway
      outbox {
        pending
        oldestPendingAgeSeconds
      }
      queue {
        waiting
        active
        delayed
        throttledSeconds
      }
      openDeadLetters
      openPaymentDiscrepancies
      missingOrders
      notices
    }
  }
`);
