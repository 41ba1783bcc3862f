// Why a clip was refused or could not be made, in the reader's language: the server's codes have words here.
import { rules } from "./api.js";
import { has, seconds } from "./i18n.js";

const values = {
  shortest: () => seconds(rules.seconds_min),
  longest: () => seconds(rules.seconds_max),
  picture: () => `${rules.short_side_pixels_min ?? rules.side_pixels_min}p`,
};

/** The key of a text and its values; null for a code that this page does not know, and for words of a moderator. */
export function failureWords(code) {
  const key = `failure_${code}`;
  return has(key) ? { key, values } : null;
}
