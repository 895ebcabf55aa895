export interface DocumentedCall {
  readonly call: 'identify' | 'track' | 'page' | 'screen' | 'group' | 'alias'
  readonly params: Readonly<Record<string, unknown>>
}

/** The samples of Segment's documentation for Node. It has none for `screen`, which takes the same parameters as `page`. */
export const DOCUMENTED_CALLS: readonly DocumentedCall[] = [
  {
    call: 'identify',
    params: { anonymousId: '48d213bb-95c3-4f8d-af97-86b2b404dcfe', traits: { friends: 42 } },
  },
  {
    call: 'identify',
    params: {
      userId: '019mr8mf4r',
      traits: { name: 'Michael Bolton', email: 'mbolton@example.com', plan: 'Enterprise', friends: 42 },
    },
  },
  {
    call: 'track',
    params: {
      anonymousId: '48d213bb-95c3-4f8d-af97-86b2b404dcfe',
      event: 'Item Purchased',
      properties: { revenue: 39.95, shippingMethod: '2-day' },
    },
  },
  {
    call: 'track',
    params: {
      userId: '019mr8mf4r',
      event: 'Item Purchased',
      properties: { revenue: 39.95, shippingMethod: '2-day' },
    },
  },
  {
    call: 'page',
    params: {
      userId: '019mr8mf4r',
      category: 'Docs',
      name: 'Node.js Library',
      properties: {
        url: 'https://segment.com/docs/connections/sources/catalog/librariesnode',
        path: '/docs/connections/sources/catalog/librariesnode/',
        title: 'Node.js Library - Segment',
        referrer: 'https://github.com/segmentio/analytics-node',
      },
    },
  },
  {
    call: 'screen',
    params: {
      userId: '019mr8mf4r',
      category: 'Docs',
      name: 'Node.js Library',
      properties: { title: 'Node.js Library' },
    },
  },
  {
    call: 'group',
    params: {
      userId: '019mr8mf4r',
      groupId: '56',
      traits: { name: 'Initech', description: 'Accounting Software' },
    },
  },
  { call: 'alias', params: { previousId: 'old_id', userId: 'new_id' } },
  {
    call: 'track',
    params: {
      event: 'Membership Upgraded',
      userId: '97234974',
      integrations: { All: false, Vero: true, 'Google Analytics': false },
    },
  },
]
