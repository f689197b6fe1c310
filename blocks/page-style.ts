/** How pages look: no scripts, no fonts or pictures of others, light and dark, as wide as a letter or a telephone. */
export const PAGE_STYLE = `
:root{color-scheme:light dark;--ink:#1d1c1d;--soft:#616061;--line:#dddddd;--ground:#f6f6f7;--sheet:#ffffff;--code:#f4f4f6;
--key:#0b4c8c;--text:#1a7f37;--number:#8250df;--gone:#9a6700;--good:#1a7f37;--bad:#c01c28;--wait:#9a6700;--link:#1264a3}
@media (prefers-color-scheme:dark){:root{--ink:#e8e8ea;--soft:#a6a6ab;--line:#3a3b40;--ground:#17181b;--sheet:#1f2024;--code:#26272c;
--key:#79b8ff;--text:#7ee787;--number:#d2a8ff;--gone:#e3b341;--good:#56d364;--bad:#ff7b72;--wait:#e3b341;--link:#6cb6ff}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:52rem;margin:0 auto;padding:1.5rem 1rem 3rem}
.brand{color:var(--soft);font-size:.85rem;margin:0 0 .75rem;letter-spacing:.02em}
h1{font-size:1.6rem;line-height:1.25;margin:0 0 .5rem;overflow-wrap:anywhere}
h2{font-size:1rem;margin:0 0 .6rem}
section{background:var(--sheet);border:1px solid var(--line);border-radius:.6rem;padding:1rem 1.1rem;margin:1rem 0}
.lead{margin:0;color:var(--soft);overflow-wrap:anywhere}
.state{display:inline-block;border:1px solid currentColor;border-radius:1rem;padding:.05rem .7rem;font-weight:600;font-size:.9rem;margin:0 .5rem .4rem 0}
.good{color:var(--good)}.bad{color:var(--bad)}.wait{color:var(--wait)}
dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(13rem,1fr));gap:.8rem 1.2rem;margin:0}
dl div{min-width:0}
dt{color:var(--soft);font-size:.85rem}
dd{margin:0;overflow-wrap:anywhere}
pre,blockquote{margin:.3rem 0 0;white-space:pre-wrap;overflow-wrap:anywhere}
pre{background:var(--code);border-radius:.4rem;padding:.7rem .8rem;font:.875rem/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
blockquote{border-left:3px solid var(--line);padding:.1rem 0 .1rem .8rem}
.k{color:var(--key)}.s{color:var(--text)}.n{color:var(--number)}.r{color:var(--gone);font-style:italic}
ul,ol{margin:0;padding-left:1.2rem}
li{margin:.25rem 0;overflow-wrap:anywhere}
.time{list-style:none;padding:0;border-left:2px solid var(--line);margin-left:.4rem}
.time li{padding-left:1rem;margin:.7rem 0;position:relative}
.time li::before{content:"";position:absolute;left:-.42rem;top:.45rem;width:.7rem;height:.7rem;border-radius:50%;background:var(--sheet);border:2px solid var(--soft)}
time{color:var(--soft);font-size:.85rem}
.time time{display:block}
footer time{font-size:inherit}
a{color:var(--link)}
.address{color:var(--soft);font:.85rem/1.4 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%;min-width:30rem;font-size:.95rem}
th,td{text-align:left;padding:.4rem .6rem .4rem 0;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere}
th{color:var(--soft);font-weight:500;font-size:.85rem}
tr:last-child td{border-bottom:0}
.wide{overflow-x:auto}
meter{width:100%;height:.9rem}
footer{color:var(--soft);font-size:.85rem}
@media (max-width:30rem){main{padding:1rem .7rem 2rem}section{padding:.9rem}h1{font-size:1.35rem}dl{grid-template-columns:1fr 1fr}}
`
