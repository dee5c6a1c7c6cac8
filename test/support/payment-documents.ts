import { graphql } from '../generated/gql.js';

export const PayOrderDocument = graphql(`
  mutation PayOrder($input: PayOrderInput!) {
    payOrder(input: $input) {
      __typename
      ... on PayOrderSuccess {
        replayed
        order {
          ...OrderParts
        }
      }
      ... on OrderError {
        code
        message
      }
      ... on OrderNotPayable {
        status
      }
    }
  }
`);

export const CompletePaymentActionDocument = graphql(`
  mutation CompletePaymentAction($orderId: ID!) {
    completePaymentAction(orderId: $orderId) {
      __typename
      ... on CompletePaymentActionSuccess {
        order {
          id
          status
        }
      }
      ... on OrderError {
        code
        message
      }
    }
  }
`);

export const OrderProgressDocument = graphql(`
  query OrderProgress($id: ID!) {
    order(id: $id) {
      status
      paymentAction {
        clientSecret
        expiresAt
      }
      delay {
        since
        nextAttemptAt
        waitsForOperator
      }
      payable
      cancellable
    }
  }
`);
