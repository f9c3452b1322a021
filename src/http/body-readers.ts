/** The methods of requests and responses that read a whole body. */
export const BODY_READERS = ['arrayBuffer', 'blob', 'bytes', 'formData', 'json', 'text'] as const;
