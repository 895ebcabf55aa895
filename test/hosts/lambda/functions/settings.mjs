export const settings = { writeKey: 'lambda-test', host: process.env.SEGMENT_HOST }
