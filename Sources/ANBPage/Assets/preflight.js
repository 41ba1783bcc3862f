// Judges a clip before a byte is sent, by the limits that the server wrote into the page. What the browser cannot tell
// is left to the server: `unknown` never stops an upload.
import { megabytes, number, seconds } from "./i18n.js";

const METADATA_MS = 8000;
const SNIFFED_BYTES = 1024;

const text = (bytes, from, to) => String.fromCharCode(...bytes.subarray(from, to));
const startsWith = (bytes, ...start) => start.every((byte, index) => bytes[index] === byte);

/** The container by its first bytes, never by its name; null when the contest does not take it. */
export function sniff(bytes) {
  if (["ftyp", "moov", "mdat", "wide", "free", "skip", "pnot"].includes(text(bytes, 4, 8))) return "MP4 / MOV";
  if (startsWith(bytes, 0x1a, 0x45, 0xdf, 0xa3)) return "WebM / MKV";
  if (text(bytes, 0, 4) === "RIFF" && text(bytes, 8, 12) === "AVI ") return "AVI";
  const isStream = (first, step) => [0, 1, 2].every(packet => bytes[first + packet * step] === 0x47);
  if (isStream(0, 188) || isStream(4, 192)) return "MPEG-TS";
  if (startsWith(bytes, 0x00, 0x00, 0x01, 0xba)) return "MPEG";
  return null;
}

const ok = (name, key, values) => ({ name, state: "ok", key, values });
const bad = (name, key, values) => ({ name, state: "bad", key, values });
const unknown = name => ({ name, state: "unknown", key: "checkLater" });

/** Every check of a file, in the order of the list on screen. */
export async function inspect(file, rules) {
  const head = new Uint8Array(await file.slice(0, SNIFFED_BYTES).arrayBuffer());
  const type = checkType(sniff(head));
  const size = checkSize(file.size, rules);
  if (type.state === "bad" || file.size === 0) return [type, size, unknown("duration"), unknown("picture")];
  const seen = await measure(file);
  return [type, size, checkDuration(seen?.seconds, rules), checkPicture(seen, rules)];
}

function checkType(container) {
  return container ? ok("type", "checkType", { type: container }) : bad("type", "checkTypeBad");
}

export function checkSize(bytes, rules) {
  const values = { size: () => megabytes(bytes), most: () => megabytes(rules.upload_bytes_max) };
  if (bytes === 0) return bad("size", "checkSizeEmpty");
  return bytes > rules.upload_bytes_max ? bad("size", "checkSizeBad", values) : ok("size", "checkSize", values);
}

export function checkDuration(length, rules) {
  if (!Number.isFinite(length)) return unknown("duration");
  const values = {
    length: () => seconds(length), least: () => seconds(rules.seconds_min), most: () => seconds(rules.seconds_max),
  };
  if (length + rules.seconds_tolerance < rules.seconds_min) return bad("duration", "checkShort", values);
  if (length - rules.seconds_tolerance > rules.seconds_max) return bad("duration", "checkLong", values);
  return ok("duration", "checkDuration", values);
}

export function checkPicture(seen, rules) {
  if (!seen?.width || !seen.height) return unknown("picture");
  const [short, long] = [Math.min(seen.width, seen.height), Math.max(seen.width, seen.height)];
  const values = {
    width: () => String(seen.width), height: () => String(seen.height), least: () => String(rules.short_side_pixels_min),
    ratio: () => number(rules.aspect_ratio_max),
  };
  if (short < (rules.short_side_pixels_min ?? 0)) return bad("picture", "checkLowResolution", values);
  if (short < rules.side_pixels_min) return bad("picture", "checkTiny", values);
  const isHuge = seen.width > rules.width_pixels_max || seen.height > rules.height_pixels_max
    || short * long > rules.frame_pixels_max;
  if (isHuge) return bad("picture", "checkHuge", values);
  if (long > rules.aspect_ratio_max * short) return bad("picture", "checkNarrow", values);
  return ok("picture", "checkPicture", values);
}

/** Length and size as displayed; null when this browser cannot read the file. */
function measure(file) {
  return new Promise(resolve => {
    const video = document.createElement("video");
    const url = URL.createObjectURL(file);
    const end = seen => {
      clearTimeout(timer);
      video.removeAttribute("src");
      video.load();
      URL.revokeObjectURL(url);
      resolve(seen);
    };
    const timer = setTimeout(end, METADATA_MS, null);
    video.preload = "metadata";
    video.muted = true;
    video.addEventListener("loadedmetadata",
      () => end({ seconds: video.duration, width: video.videoWidth, height: video.videoHeight }), { once: true });
    video.addEventListener("error", () => end(null), { once: true });
    video.src = url;
  });
}

/** Characters as people count them. */
export function countCharacters(title) {
  if (!Intl.Segmenter) return [...title].length;
  return [...new Intl.Segmenter().segment(title)].length;
}

export function checkTitle(title, rules) {
  const count = countCharacters(title.trim());
  const values = { count, most: rules.title_characters_max };
  if (count === 0) return bad("title", "checkTitleEmpty");
  if (count > rules.title_characters_max) return bad("title", "checkTitleLong", values);
  if (/[\p{Cc}\u2028-\u202e\u2066-\u2069]/u.test(title)) return bad("title", "checkTitleControl");
  return ok("title", "checkTitle", values);
}
