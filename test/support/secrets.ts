/** A secret as it could hide in a text: in clear, base64 (at each of three offsets), hex, URL-encoded. */
function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const shifted = [0, 1, 2].flatMap(offset => {
    // Without the first and last characters, which depend on the neighbours.
    const text = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .slice(4, -4);
    return [text, text.replaceAll('+', '-').replaceAll('/', '_')];
  });
  const hex = bytes.toString('hex');
  return [secret, ...shifted, hex, hex.toUpperCase(), encodeURIComponent(secret)];
}

/** The names of the secrets that a text holds, in any form. */
export function secretsIn(text: string, secrets: Record<string, string>): string[] {
  return Object.entries(secrets)
    .filter(([, secret]) => formsOf(secret).some(form => text.includes(form)))
    .map(([name]) => name);
}
