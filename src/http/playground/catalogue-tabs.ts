import type { Tab } from './tab.js';

export const CATALOGUE_TABS: readonly Tab[] = [
  {
    name: 'Products',
    as: 'customer',
    query: `# The products that can be ordered. All products of an order have one currency.
query Products($first: Int, $after: String) {
  products(first: $first, after: $after) {
    edges {
      node {
        sku
        name
        price { amount currency }
        active
      }
    }
    pageInfo { hasNextPage endCursor }
  }
}`,
    variables: { first: 50 },
  },
  {
    name: 'Change a product',
    as: 'operator',
    query: `# For operators: this tab carries the operator's token.
mutation UpsertProduct($input: UpsertProductInput!) {
  upsertProduct(input: $input) {
    sku
    name
    price { amount currency }
    active
  }
}`,
    variables: { input: { sku: 'cup-latte', name: 'Latte cup', price: { amount: 1490, currency: 'EUR' } } },
  },
];
