import { mailTextOf } from './mail-text';

describe('mailTextOf', () => {
  it('keeps a link whole, since the link is what the mail is for', () => {
    const html = '<p>Open:</p>\n<p><a href="https://x.test/a?b=1&amp;c=2">https://x.test/a?b=1&amp;c=2</a></p>\n';
    expect(mailTextOf(html)).toBe('Open:\n\nhttps://x.test/a?b=1&c=2');
  });

  it('decodes an entity once, so that text about entities survives', () => {
    expect(mailTextOf('<p>&amp;lt; is not &lt;</p>')).toBe('&lt; is not <');
  });
});
