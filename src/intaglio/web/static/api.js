// The server's API; failures are errors with its own line.
const CHUNK = 4_000_000 - 1;

export async function ask(path, method = "GET", body = undefined) {
  const response = await fetch(`/api/${path}`, {
    method,
    headers: body === undefined || body instanceof Blob ? {} : { "Content-Type": "application/json" },
    body: body === undefined || body instanceof Blob ? body : JSON.stringify(body),
  });
  if (response.status === 401) { location.reload(); }
  if (!response.ok) {
    const told = await response.json().catch(() => ({}));
    throw Object.assign(new Error(told.detail || response.statusText), { status: response.status });
  }
  return response.status === 204 ? null : response.json();
}

// Puts a file in pieces; a piece that fails is put again from where the server says it is.
export async function upload(file, role, tell) {
  let picture = await ask("pictures", "POST", { name: file.name.slice(-200) || role, bytes: file.size, role });
  for (let tries = 0; picture.state === "arriving";) {
    const piece = file.slice(picture.received, picture.received + CHUNK);
    try {
      picture = await ask(`pictures/${picture.id}/content?offset=${picture.received}`, "PUT", piece);
      tries = 0;
    } catch (error) {
      if (error.status === 422 || error.status === 404 || ++tries > 5) { throw error; }
      await new Promise((done) => setTimeout(done, 500 * tries));
      picture = await ask(`pictures/${picture.id}`);
    }
    tell(picture.received / picture.bytes);
  }
  return picture;
}

// Where the tiles of a picture or a job are, and how many of its rows they show.
export const tilesOf = (kind, one) => ({
  key: `${kind}/${one.id}`,
  width: one.width,
  height: one.height,
  rows: kind === "jobs" && one.state !== "done" ? one.rows : one.height,
  url(level, x, y) {
    const scale = 2 ** (topLevel(one) - level), known = Math.floor(this.rows / scale);
    const whole = this.rows === one.height || Math.min((y + 1) * 256, Math.ceil(one.height / scale)) <= known;
    return `/api/${this.key}/tiles_files/${level}/${x}_${y}.jpg${whole ? "" : `?rows=${this.rows}`}`;
  },
  has(level, y) {
    const below = topLevel(one) - level, known = Math.floor(this.rows / 2 ** below);
    return this.rows === one.height || (below ? y * 256 < known : (y + 1) * 256 <= known);
  },
});

export const topLevel = (one) => Math.ceil(Math.log2(Math.max(one.width, one.height)));
export const thumbOf = (kind, one) => `/api/${kind}/${one.id}/tiles_files/${Math.min(8, topLevel(one))}/0_0.jpg`;
