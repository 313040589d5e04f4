/** The values that each parameter of a route matches. `me` is the token's account. */
const PARAMETERS: Record<string, RegExp> = {':user': /^(me|\d+)$/, ':id': /^\d+$/};

/** Returns the parameters of a route such as `GET /v1.0/:user/threads`; undefined if the request does not match. */
export function matchRoute(route: string, request: string): Record<string, string> | undefined {
  const names = route.split('/');
  const segments = request.split('/');
  if (names.length !== segments.length) return undefined;

  const values: Record<string, string> = {};
  for (const [index, name] of names.entries()) {
    const segment = segments[index]!;
    if (PARAMETERS[name]?.test(segment)) values[name.slice(1)] = segment;
    else if (name !== segment) return undefined;
  }
  return values;
}
