/** Writes machine output and waits until it is taken. Rejects with EPIPE when the reader has left. */
export function writeOut(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => (error ? reject(error) : resolve()));
  });
}
