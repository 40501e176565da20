/**
 * A lossless WebP without prediction or back references: every sample stands there in eight bits. It is as large as a
 * photograph of the size would be, and needs neither a library nor the network.
 * https://developers.google.com/speed/webp/docs/webp_lossless_bitstream_specification
 */
export function webp(
  width: number,
  height: number,
  colour: (x: number, y: number) => readonly [red: number, green: number, blue: number],
): Buffer {
  const bits = new Bits();
  bits.write(0x2f, 8);
  bits.write(width - 1, 14);
  bits.write(height - 1, 14);
  // No transparency, version 0; no transforms, no cache of colours, one group of codes.
  bits.write(0, 1 + 3 + 1 + 1 + 1);
  eightBitCode(bits, 256 + 24);
  eightBitCode(bits, 256);
  eightBitCode(bits, 256);
  opaque(bits);
  noDistance(bits);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const [red, green, blue] = colour(x, y);
      for (const sample of [green, red, blue]) bits.write(reversed(sample), 8);
    }
  }
  return riff(bits.bytes());
}

/** Samples 0 to 255 by codes of eight bits; what stands behind them in the alphabet does not occur. */
function eightBitCode(bits: Bits, symbols: number): void {
  bits.write(0, 1);
  // Lengths are told by a code of two lengths, 0 and 8, of one bit each; 8 is the twelfth in the order of the format.
  bits.write(12 - 4, 4);
  for (let index = 0; index < 12; index += 1) bits.write(index === 2 || index === 11 ? 1 : 0, 3);
  bits.write(0, 1);
  for (let symbol = 0; symbol < symbols; symbol += 1) bits.write(symbol < 256 ? 1 : 0, 1);
}

/** One symbol, 255, which then takes no bits. */
function opaque(bits: Bits): void {
  bits.write(1, 1);
  bits.write(0, 1);
  bits.write(1, 1);
  bits.write(255, 8);
}

function noDistance(bits: Bits): void {
  bits.write(1, 1);
  bits.write(0, 3);
}

/** Codes are written from their highest bit, everything else from its lowest. */
function reversed(byte: number): number {
  let result = 0;
  for (let bit = 0; bit < 8; bit += 1) result |= ((byte >> bit) & 1) << (7 - bit);
  return result;
}

class Bits {
  readonly #bytes: number[] = [];
  #pending = 0;
  #count = 0;

  write(value: number, count: number): void {
    this.#pending |= value << this.#count;
    this.#count += count;
    for (; this.#count >= 8; this.#count -= 8) {
      this.#bytes.push(this.#pending & 0xff);
      this.#pending >>>= 8;
    }
  }

  bytes(): Buffer {
    return Buffer.from(this.#count === 0 ? this.#bytes : [...this.#bytes, this.#pending & 0xff]);
  }
}

function riff(data: Buffer): Buffer {
  const padded = data.length + (data.length % 2);
  const file = Buffer.alloc(20 + padded);
  file.write('RIFF', 0, 'latin1');
  file.writeUInt32LE(12 + padded, 4);
  file.write('WEBPVP8L', 8, 'latin1');
  file.writeUInt32LE(data.length, 16);
  data.copy(file, 20);
  return file;
}
