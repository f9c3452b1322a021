import { isJson, isUtf8, parseMediaType } from './media-type';

it.each([
  ['application/json', true, true],
  ['Application/JSON ; Charset="UTF-8"; version=1', true, true],
  ['application/cloudevents+json;charset=utf8', true, true],
  ['text/json', true, true],
  ['application/json; charset=utf-16', true, false],
  ['application/json; charset=us-ascii', true, true],
  ['application/jsonl', false, true],
  ['text/plain; charset=ISO-8859-1', false, false],
])('%s: JSON %s, UTF-8 %s', (text, json, utf8) => {
  const type = parseMediaType(text)!;
  expect([isJson(type), isUtf8(type)]).toEqual([json, utf8]);
});

it('is nothing where there is no media type', () => {
  for (const text of ['', 'json', 'application/', ';charset=utf-8']) expect(parseMediaType(text)).toBeUndefined();
});
