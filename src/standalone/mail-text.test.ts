import { mailTextOf } from './mail-text';

describe('mailTextOf', () => {
  it('keeps a link whole on a line of its own, however the template is laid out', () => {
    const html =
      '<p>Open:</p>\n<p>\n  <a href="https://x.test/a?b=1&amp;c=2"\n    >https://x.test/a?b=1&amp;c=2</a\n  >\n</p>\n';
    expect(mailTextOf(html)).toBe('Open:\n\nhttps://x.test/a?b=1&c=2');
  });

  it('decodes an entity once, so that text about entities survives', () => {
    expect(mailTextOf('<p>&amp;lt; is not &lt;</p>')).toBe('&lt; is not <');
  });
});
