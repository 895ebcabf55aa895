export { fromRequest } from './from-request.ts'
export type {
  ConsentCategories,
  FromRequestOptions,
  HTTPRequest,
  LambdaRequest,
  NodeRequest,
  RequestIdentity,
  TrustedHost,
  WebRequest,
} from './types.ts'
