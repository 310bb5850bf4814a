// The page's English, how it writes numbers, and how it makes elements.
export const facts = JSON.parse(document.getElementById("facts").textContent);
export const words = facts.words;
export const say = (word, given = {}) => words[word].replace(/\{(\w+)\}/g, (_, name) => given[name]);
export const number = (value, digits = 2) => Number(value.toPrecision(digits)).toLocaleString("en");
export const seconds = (value) => (value < 59.5 ? `${number(value)} s` : value < 3600 ? `${Math.round(value / 60)} min` : `${number(value / 3600)} h`);
export const bytes = (value) => (value < 1e6 ? `${number(value / 1e3, 3)} kB` : value < 1e9 ? `${number(value / 1e6, 3)} MB` : `${number(value / 1e9, 3)} GB`);

export function make(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}
