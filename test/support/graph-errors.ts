/** Errors that Threads explains in terms of posts. The same codes can also answer a refresh or an exchange. */
export const ERRORS_ABOUT_POSTS: Record<string, object> = {
  'a rejected value': {code: 100},
  'an unknown object': {code: 100, error_subcode: 33},
  'code 24': {code: 24},
  'a rejected medium': {code: 100, error_subcode: 2207052},
  'too long a text': {code: 100, message: 'must be at most 500 characters'},
};
