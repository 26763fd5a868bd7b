/**
 * The page around a report: one file without anything from elsewhere, light or dark as the reader's system is, complete
 * without its script, which only hides what a filter leaves out. What is in it comes from html.ts.
 */

export function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body>
${body}
<script>${SCRIPT}</script>
</body>
</html>
`
}

const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #fff; --ink: #1d2530; --faint: #667080; --line: #d9dee5; --panel: #f5f7f9; --link: #0b5cad;
  --pass: #177245; --must: #b3261e; --should: #8a5a00; --error: #8e24aa; --na: #7b8794;
  --suite: #0b5cad; --peer: #8a4b08;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14181d; --ink: #dde3ea; --faint: #97a3b2; --line: #313a45; --panel: #1c2229; --link: #7db7f5;
    --pass: #5cc98f; --must: #ff8a80; --should: #e6b455; --error: #d79be8; --na: #8592a1;
    --suite: #7db7f5; --peer: #e8a86b;
  }
}
* { box-sizing: border-box }
body { margin: 0 auto; padding: 1.5rem; max-width: 82rem; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif }
h1 { font-size: 1.5rem; margin: 0 0 .25rem }
h2 { font-size: 1.15rem; margin: 2.25rem 0 .5rem }
h3 { font-size: 1rem; margin: 1rem 0 .25rem }
p { margin: .4rem 0 }
a { color: var(--link) }
code, pre, .id { font-family: ui-monospace, Menlo, Consolas, monospace; font-size: .87em }
.faint { color: var(--faint) }
.scroll { overflow-x: auto }
table { border-collapse: collapse; font-size: .92em }
th, td { padding: .2rem .7rem .2rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line) }
thead th { white-space: nowrap }
td.number, th.number { text-align: right; white-space: nowrap }
td.cell { white-space: nowrap }
.pass { color: var(--pass) } .fail-must { color: var(--must); font-weight: 600 } .fail-should { color: var(--should) }
.error { color: var(--error) } .na, .absent { color: var(--na) }
nav { position: sticky; top: 0; z-index: 1; display: none; flex-wrap: wrap; gap: .5rem 1rem; align-items: center;
  padding: .6rem 0; background: var(--paper); border-bottom: 1px solid var(--line) }
.script nav { display: flex }
nav input, nav select { font: inherit; padding: .15rem .4rem; color: inherit; background: var(--panel);
  border: 1px solid var(--line); border-radius: 4px }
details.case { border-bottom: 1px solid var(--line) }
details.case > summary { padding: .35rem 0; cursor: pointer; display: flex; flex-wrap: wrap; gap: .2rem .8rem;
  align-items: baseline }
details.case > summary::before { content: "▸"; color: var(--faint); width: .7rem }
details.case[open] > summary::before { content: "▾" }
.chips { margin-left: auto; display: flex; flex-wrap: wrap; gap: .1rem .7rem; font-size: .85em }
.inside { padding: 0 0 1rem 1.5rem }
blockquote { margin: .3rem 0; padding: .1rem 0 .1rem .8rem; border-left: 3px solid var(--line) }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; margin: .6rem 0 }
dt { color: var(--faint) } dd { margin: 0 }
section.peer { margin: .6rem 0; padding: .5rem .9rem; background: var(--panel); border-radius: 6px }
section.peer p { overflow-wrap: anywhere }
pre { overflow-x: auto; margin: .4rem 0; line-height: 1.35 }
pre .suite { color: var(--suite) } pre .peer { color: var(--peer) }
summary { cursor: pointer }
[hidden] { display: none !important }
`

/** Plain and small: a report is opened years later, in whatever there is then. */
const SCRIPT = `
document.documentElement.classList.add("script")
const field = name => document.querySelector("nav [name=" + name + "]")
const cases = [...document.querySelectorAll("details.case")]
const filter = () => {
  const [peer, rfc, verdict, text] = ["peer", "rfc", "verdict", "text"].map(name => field(name).value)
  const words = text.toLowerCase().split(" ").filter(Boolean)
  const isPeer = element => peer === "" || element.dataset.peer === peer
  const isVerdict = element => verdict === "" || (verdict === "fail" ? element.dataset.verdict.startsWith("fail") :
    element.dataset.verdict === verdict)
  let shown = 0
  for (const its of cases) {
    const results = [...its.querySelectorAll("section.peer")]
    its.hidden = !((rfc === "" || its.dataset.rfcs.split(" ").includes(rfc)) &&
      results.some(each => isPeer(each) && isVerdict(each)) && words.every(word => its.dataset.text.includes(word)))
    if (its.hidden) continue
    shown++
    for (const each of its.querySelectorAll("[data-peer]")) each.hidden = !isPeer(each)
  }
  document.getElementById("shown").textContent = shown + " of " + cases.length + " cases"
}
document.querySelector("nav")?.addEventListener("input", filter)
const reveal = () => {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)))
  if (target instanceof HTMLDetailsElement) target.open = true
  target?.scrollIntoView()
}
addEventListener("hashchange", reveal)
if (cases.length > 0) filter()
if (location.hash) reveal()
`
