import { createHash } from 'node:crypto';

/** Light and dark, and readable on a phone. Nothing is loaded. */
const STYLE = `
  :root { color-scheme: light dark; font: 100%/1.5 system-ui, sans-serif; }
  body { margin: 0; min-height: 100vh; display: grid; place-items: center;
    color: light-dark(#1c2430, #e8ebf0); background: light-dark(#eef1f5, #14181f); }
  main { box-sizing: border-box; width: min(30rem, 100%); padding: 2rem;
    background: light-dark(#fff, #1f2530); border: 1px solid light-dark(#d3d9e2, #3a4352); border-radius: 0.75rem; }
  h1 { margin: 0 0 0.5rem; font-size: 1.5rem; line-height: 1.25; }
  p { margin: 0 0 1rem; }
  dl { margin: 1.5rem 0; }
  dl div { display: flex; gap: 1rem; justify-content: space-between; padding: 0.5rem 0;
    border-bottom: 1px solid light-dark(#d3d9e2, #3a4352); }
  dt { flex: none; color: light-dark(#566072, #a7b0bf); }
  dd { margin: 0; font-weight: 600; text-align: right; overflow-wrap: anywhere; }
  form { display: flex; gap: 0.75rem; margin: 0 0 1.5rem; }
  button, .button { flex: 1; padding: 0.75rem 1rem; font: inherit; font-weight: 600; cursor: pointer;
    border: 2px solid #1f5fbf; border-radius: 0.5rem; color: #fff; background: #1f5fbf; }
  .button { display: block; margin-bottom: 1.5rem; text-align: center; text-decoration: none; }
  button.second { color: inherit; background: transparent; border-color: light-dark(#7b8698, #8b96a8); }
  button:focus-visible, .button:focus-visible { outline: 3px solid light-dark(#1c2430, #fff); outline-offset: 2px; }
  .bank { font-weight: 600; color: light-dark(#566072, #a7b0bf); }
  .notice { padding: 0.75rem 1rem; border-left: 4px solid #c77700; background: light-dark(#fdf3e1, #3a2f1c); }
  .hint { margin: 0; font-size: 0.875rem; color: light-dark(#566072, #a7b0bf); }
`;

const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

/**
 * The policy of the bank's pages: they load and run nothing, no page can frame them, and their form is sent to the
 * sandbox alone.
 *
 * @param redirectsTo the origin that the form's answer may redirect to, which browsers check, too
 */
export function contentSecurityPolicy(redirectsTo?: string): string {
  return [
    "default-src 'none'",
    "base-uri 'none'",
    `form-action 'self'${redirectsTo === undefined ? '' : ` ${redirectsTo}`}`,
    "frame-ancestors 'none'",
    'img-src data:',
    `style-src 'sha256-${STYLE_HASH}'`,
  ].join('; ');
}

/** A page of the bank. @param content HTML */
export function renderDocument(title: string, content: string): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${escapeHtml(title)} – Sandbox bank</title>
    <link rel="icon" href="data:,">
    <style>${STYLE}</style>
  </head>
  <body>
    <main>
      <p class="bank">Sandbox bank</p>
      <h1>${escapeHtml(title)}</h1>
      ${content}
      <p class="hint">This page stands in for the bank of a customer. No real money moves.</p>
    </main>
  </body>
</html>
`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** For texts and for quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
