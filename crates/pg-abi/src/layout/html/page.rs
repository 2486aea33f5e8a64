//! The frame of the HTML page: one self-contained file. Its script is for the search only.

/// A section of the page: its items have their names and verdicts, which the search reads.
pub(super) struct Section {
    pub(super) id: &'static str,
    pub(super) title: String,
    pub(super) body: String,
}

/// Escapes text for HTML, including quoted attributes.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            _ => escaped.push(c),
        }
    }
    escaped
}

/// Inserts break opportunities between the words of a name, for narrow screens.
pub(super) fn breakable(name: &str) -> String {
    let mut text = String::with_capacity(name.len() * 2);
    let mut before = ' ';
    for c in name.chars() {
        if before == '_' || (before.is_lowercase() && c.is_uppercase()) {
            text.push_str("<wbr>");
        }
        text.push_str(&escape(&c.to_string()));
        before = c;
    }
    text
}

/// Begins a table with a column for each major.
pub(super) fn table_head(majors: &[&str], class: &str) -> String {
    let columns = majors
        .iter()
        .map(|major| format!("<th>{}</th>", escape(major)));
    format!(
        "<div class=\"scroll\"><table{class}><thead><tr><th>name</th>{}</tr></thead><tbody>\n",
        columns.collect::<String>()
    )
}

pub(super) const TABLE_END: &str = "</tbody></table></div>\n";

/// Returns a complete document.
pub(super) fn page(title: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n{body}<script>\n{SCRIPT}</script>\n</body>\n</html>\n",
        escape(title)
    )
}

/// The page is readable without colors: holes are dashed, cells have signs, captions have words.
const STYLE: &str = "\
:root{color-scheme:light dark;--bg:#fff;--fg:#1b1f24;--dim:#57606a;--line:#8c959f;--soft:#d8dee4;\
--same:#eef1f4;--moved:#ffe3a3;--changed:#ffc2ba;--new:#b7ebc0;--good:#1a7f37;--warn:#9a6700;--bad:#b3261e}\n\
@media(prefers-color-scheme:dark){:root{--bg:#14181d;--fg:#e2e7ec;--dim:#98a3ae;--line:#6b7681;--soft:#333b44;\
--same:#262d35;--moved:#6b5210;--changed:#7a2f29;--new:#1f5a2e;--good:#4bc367;--warn:#e0a92b;--bad:#ff8a80}}\n\
*{box-sizing:border-box}\n\
body{margin:0 auto;max-width:76rem;padding:1rem;background:var(--bg);color:var(--fg);font:1rem/1.5 system-ui,sans-serif}\n\
h1{font-size:1.6rem;line-height:1.2;margin:.5rem 0}h2{font-size:1.25rem;margin:2.2rem 0 .5rem;border-bottom:1px solid var(--soft)}\n\
h3{font:600 1rem ui-monospace,monospace;margin:1.6rem 0 .2rem;overflow-wrap:anywhere}\n\
p,ul{margin:.4rem 0}.dim,figcaption{color:var(--dim);font-size:.9rem}code{font:.85rem ui-monospace,monospace;overflow-wrap:anywhere}\n\
summary{cursor:pointer;padding:.3rem 0;overflow-wrap:anywhere}\n\
.key span{display:inline-block;padding:0 .5rem;margin:.15rem .3rem .15rem 0;border:1px solid var(--line);border-radius:.2rem}\n\
.k-same{background:var(--same)}.k-moved{background:var(--moved)}.k-changed{background:var(--changed)}.k-new{background:var(--new)}.k-hole{border-style:dashed!important}\n\
.layouts{display:flex;flex-wrap:wrap;gap:1rem 1.5rem;align-items:flex-start}\n\
figure{margin:.5rem 0;width:min(100%,23.5rem)}figcaption b{color:var(--fg)}svg{display:block;width:100%;height:auto}\n\
rect{stroke:var(--line);stroke-width:1}.same{fill:var(--same)}.moved{fill:var(--moved)}.changed{fill:var(--changed)}.new{fill:var(--new)}\n\
.hole{fill:var(--bg);stroke-dasharray:4 3}.cut{stroke-dasharray:2 4}\n\
svg text{fill:var(--fg);font:11px ui-monospace,monospace;text-anchor:middle}svg text.o{fill:var(--dim);text-anchor:end}\n\
.scroll{overflow-x:auto}table{border-collapse:collapse;font-size:.85rem}\n\
th,td{padding:.2rem .45rem;border-bottom:1px solid var(--soft);text-align:center}\n\
th:first-child,td:first-child{text-align:left;position:sticky;left:0;background:var(--bg);font-family:ui-monospace,monospace;overflow-wrap:anywhere;min-width:9rem;max-width:24rem}\n\
thead th{position:sticky;top:0;background:var(--bg);z-index:1}thead th:first-child{z-index:2}\n\
.l-same{color:var(--good)}.l-new{color:var(--good);font-weight:700}.l-changed{color:var(--warn)}.l-absent{color:var(--bad)}.l-unknown{color:var(--dim)}\n\
#find{position:sticky;top:0;z-index:3;display:flex;flex-wrap:wrap;gap:.4rem 1rem;align-items:baseline;padding:.5rem 0;background:var(--bg);border-bottom:1px solid var(--soft)}\n\
#find[hidden],[data-name][hidden],section[hidden],details[hidden]{display:none}input,select{font:inherit;color:inherit;background:var(--same);border:1px solid var(--line);border-radius:.2rem;padding:.2rem .4rem;max-width:100%}\n\
nav ul{columns:2 20rem;padding-left:1.2rem}a{color:inherit}section{scroll-margin-top:4rem}\n\
.values td{font-family:ui-monospace,monospace;max-width:12rem;overflow-wrap:anywhere}td summary{padding:0}td ul{padding-left:1.2rem}\n\
@media(max-width:30rem){th,td{padding:.2rem .28rem}td:first-child,th:first-child{min-width:8rem;max-width:9.5rem;font-size:.75rem}}\n\
";

/// Shows the items with all words in their names, and opens what is folded if they are few.
const SCRIPT: &str = "\
const find=document.getElementById('find'),box=document.getElementById('name'),pick=document.getElementById('verdict'),found=document.getElementById('found');\n\
const items=[...document.querySelectorAll('[data-name]')],folds=[...document.querySelectorAll('details.fold')],sections=[...document.querySelectorAll('section')];\n\
function show(){\n\
const words=box.value.toLowerCase().split(/\\s+/).filter(word=>word),all=!words.length&&!pick.value;let count=0;\n\
for(const item of items){const name=item.dataset.name.toLowerCase();item.hidden=!words.every(word=>name.includes(word))||pick.value&&item.dataset.verdict!==pick.value;if(!item.hidden)count++}\n\
for(const item of items)if(item.tagName==='DETAILS')item.open=!all&&!item.hidden&&count<=5;\n\
for(const fold of folds){const some=fold.querySelector('[data-name]:not([hidden])');fold.hidden=!some;fold.open=!all&&!!some}\n\
for(const section of sections)section.hidden=!section.querySelector('[data-name]:not([hidden])');\n\
found.textContent=all?'':count+(count===1?' item':' items');\n\
}\n\
find.hidden=false;find.addEventListener('input',show);find.addEventListener('submit',event=>event.preventDefault());show();\n\
";
