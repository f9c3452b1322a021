export type Bytes = Uint8Array<ArrayBuffer>;

/**
 * A response whose body is in memory as a whole. It behaves as `new Response(content, like)` does, but makes a stream only for
 * those who ask more of its body than to be piped, as Next's server does: that is one write. Making a stream and piping it
 * chunk by chunk takes 30 µs more, which is more than all the rest of metering a call.
 */
export class BufferedResponse extends Response {
  private streamed: Response | null = null;
  private lazyBody: ReadableStream<Bytes> | null = null;
  private piped = false;

  /** @param like whose status and headers this response has. */
  constructor(
    private readonly content: Bytes,
    like: Response,
  ) {
    super(null, like);
  }

  override get body(): ReadableStream<Bytes> {
    return (this.lazyBody ??= this.openLazily());
  }

  override get bodyUsed(): boolean {
    return this.piped || (this.streamed?.bodyUsed ?? false);
  }

  override async arrayBuffer(): Promise<ArrayBuffer> {
    return this.asStreamed().arrayBuffer();
  }

  override async blob(): Promise<Blob> {
    return this.asStreamed().blob();
  }

  override async bytes(): Promise<Bytes> {
    return new Uint8Array(await this.arrayBuffer());
  }

  override async formData(): Promise<FormData> {
    return this.asStreamed().formData();
  }

  override async json(): Promise<unknown> {
    return this.asStreamed().json();
  }

  override async text(): Promise<string> {
    return this.asStreamed().text();
  }

  override clone(): Response {
    return new Response(this.asStreamed().clone().body, this);
  }

  /** The same body in a response of the platform, used up if this one is. */
  private asStreamed(): Response {
    if (this.streamed) return this.streamed;
    this.streamed = new Response(this.content, this);
    if (this.piped) void this.streamed.body!.cancel();
    return this.streamed;
  }

  /** A stream to everybody, `new Response(stream)` included, which comes into being when it is asked for more than `pipeTo`. */
  private openLazily(): ReadableStream<Bytes> {
    const pipeTo: ReadableStream<Bytes>['pipeTo'] = (destination, options = {}) => this.pipe(destination, options);
    return new Proxy(Object.create(ReadableStream.prototype) as ReadableStream<Bytes>, {
      get: (_target, name) => {
        if (name === 'pipeTo') return pipeTo;
        const stream = this.asStreamed().body!;
        const value: unknown = Reflect.get(stream, name, stream);
        return typeof value === 'function' ? (value.bind(stream) as unknown) : value;
      },
    });
  }

  private async pipe(destination: WritableStream<Bytes>, options: StreamPipeOptions): Promise<void> {
    const { signal, preventAbort, preventCancel, preventClose } = options;
    const plain = !(signal?.aborted || preventAbort || preventCancel || preventClose || destination.locked);
    if (this.piped || this.streamed || !plain) return this.asStreamed().body!.pipeTo(destination, options);
    this.piped = true;
    const writer = destination.getWriter();
    const abort = () => void writer.abort(signal?.reason).catch(() => undefined);
    signal?.addEventListener('abort', abort, { once: true });
    try {
      // What a write fails with, close fails with too.
      if (this.content.byteLength > 0) writer.write(this.content).catch(() => undefined);
      await writer.close();
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }
}
