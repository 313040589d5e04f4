/** What may stand where a route names a parameter. `me` is the token's account. */
const PARAMETERS: Record<string, RegExp> = {':user': /^(me|\d+)$/, ':id': /^\d+$/};

/** The values of a route's parameters (`GET /v1.0/:user/threads`); undefined where the request is another one. */
export function matchRoute(route: string, request: string): Record<string, string> | undefined {
  const wanted = route.split('/');
  const segments = request.split('/');
  if (wanted.length !== segments.length) return undefined;

  const values: Record<string, string> = {};
  for (const [index, want] of wanted.entries()) {
    const segment = segments[index]!;
    if (PARAMETERS[want]?.test(segment)) values[want.slice(1)] = segment;
    else if (want !== segment) return undefined;
  }
  return values;
}
