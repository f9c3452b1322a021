import { noteOf, schemaRows, typeName } from './schema-rows';

describe('schemaRows', () => {
  it('shows nested fields by their path, through references, arrays and null', () => {
    const schemas = {
      Point: { type: 'object', properties: { at: { type: 'string', format: 'date-time' } }, required: ['at'] },
    };
    const schema = {
      type: 'object',
      required: ['points'],
      properties: {
        points: { type: 'array', items: { $ref: '#/components/schemas/Point' } },
        last: { anyOf: [{ type: 'null' }, { $ref: '#/components/schemas/Point' }], description: 'The last.' },
      },
    };
    expect(schemaRows(schema, schemas)).toEqual([
      { field: 'points', type: 'array of Point', required: true, note: '' },
      { field: 'points[].at', type: 'string (date-time)', required: true, note: '' },
      { field: 'last', type: 'null or Point', required: false, note: 'The last.' },
      { field: 'last.at', type: 'string (date-time)', required: true, note: '' },
    ]);
  });

  it('ends where a schema contains itself', () => {
    const schemas = { Node: { type: 'object', properties: { next: { $ref: '#/components/schemas/Node' } } } };
    expect(schemaRows({ $ref: '#/components/schemas/Node' }, schemas).length).toBeLessThan(10);
  });
});

describe('typeName and noteOf', () => {
  it('say in words what a schema allows', () => {
    expect(typeName({ enum: ['live', 'test'] })).toBe('live | test');
    expect(typeName({ type: 'object', additionalProperties: { type: 'number' } })).toBe('map of number');
    expect(typeName({})).toBe('any');
    expect(noteOf({ description: 'How many.', minimum: 1, maximum: 400, default: 30 })).toBe(
      'How many. 1 to 400; default 30.',
    );
    expect(noteOf({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })).toBe('');
  });
});
