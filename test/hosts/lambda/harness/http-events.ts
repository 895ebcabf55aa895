// HTTP events as Lambda has them, each of a path of its own; by the types of @types/aws-lambda, so that none lacks what they have.
import type { ALBEvent, APIGatewayProxyEvent, APIGatewayProxyEventV2, LambdaFunctionURLEvent } from 'aws-lambda'

const COOKIE = ['ajs_anonymous_id=anon-1', 'ajs_user_id=user-1']
const DOMAIN = 'www.example.com'
/** What a client may have sent itself, and what Lambda knows. */
const FORGED = '192.0.2.66'
export const SOURCE_IP = '198.51.100.7'

/** Of an HTTP API, and nearly so of a function URL. */
export const httpApi = (path: string, query = 'utm_source=news'): APIGatewayProxyEventV2 => ({
  version: '2.0',
  routeKey: '$default',
  rawPath: path,
  rawQueryString: query,
  cookies: COOKIE,
  headers: { host: DOMAIN, 'user-agent': 'Mozilla/5.0', 'x-forwarded-for': FORGED },
  requestContext: {
    accountId: '123456789012',
    apiId: 'api',
    domainName: DOMAIN,
    domainPrefix: 'www',
    http: { method: 'GET', path, protocol: 'HTTP/1.1', sourceIp: SOURCE_IP, userAgent: 'Mozilla/5.0' },
    requestId: 'request',
    routeKey: '$default',
    stage: '$default',
    time: '27/Nov/2026:12:00:00 +0000',
    timeEpoch: 1_795_780_800_000,
  },
  isBase64Encoded: false,
})

export const functionUrl = (path: string, query?: string): LambdaFunctionURLEvent => httpApi(path, query)

/** Of a REST API, or of an HTTP API in the first version of the format. */
export const restApi = (path: string): APIGatewayProxyEvent => ({
  resource: '/{proxy+}',
  path,
  httpMethod: 'GET',
  headers: { Host: DOMAIN, Cookie: COOKIE.join('; '), 'User-Agent': 'Mozilla/5.0', 'X-Forwarded-For': FORGED },
  multiValueHeaders: {
    Host: [DOMAIN],
    Cookie: [COOKIE.join('; ')],
    'User-Agent': ['Mozilla/5.0'],
    'X-Forwarded-For': [FORGED],
  },
  queryStringParameters: { utm_source: 'news' },
  multiValueQueryStringParameters: { utm_source: ['news'] },
  pathParameters: { proxy: path.slice(1) },
  stageVariables: null,
  requestContext: {
    accountId: '123456789012',
    apiId: 'api',
    authorizer: null,
    domainName: DOMAIN,
    protocol: 'HTTP/1.1',
    httpMethod: 'GET',
    identity: {
      accessKey: null,
      accountId: null,
      apiKey: null,
      apiKeyId: null,
      caller: null,
      clientCert: null,
      cognitoAuthenticationProvider: null,
      cognitoAuthenticationType: null,
      cognitoIdentityId: null,
      cognitoIdentityPoolId: null,
      principalOrgId: null,
      sourceIp: SOURCE_IP,
      user: null,
      userAgent: 'Mozilla/5.0',
      userArn: null,
    },
    path,
    stage: 'prod',
    requestId: 'request',
    requestTimeEpoch: 1_795_780_800_000,
    resourceId: 'resource',
    resourcePath: '/{proxy+}',
  },
  body: null,
  isBase64Encoded: false,
})

/** From a load balancer, which adds nothing of its own. */
export const loadBalancer = (path: string): ALBEvent => ({
  requestContext: { elb: { targetGroupArn: 'arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/t/1' } },
  httpMethod: 'GET',
  path,
  queryStringParameters: { utm_source: 'news' },
  headers: { host: DOMAIN, cookie: COOKIE.join('; '), 'user-agent': 'Mozilla/5.0', 'x-forwarded-for': FORGED },
  body: '',
  isBase64Encoded: false,
})
