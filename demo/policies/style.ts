/** What the policy pages have besides the style of all pages. */
export const style = `
.cards { list-style: none; padding: 0; display: grid; gap: 1rem; }
.cards > li, .chosen { background: var(--panel); border: 1px solid var(--rule); border-radius: 10px; padding: 1rem 1.2rem; }
.cards h2 { margin: 0 0 0.3rem; } .cards p { margin: 0 0 0.6rem; }
.chosen { display: flex; gap: 1rem; align-items: center; margin: 1rem 0; }
.chosen p { margin: 0; }
.server { display: inline-grid; place-items: center; min-width: 1.9rem; height: 1.9rem; padding: 0 0.35rem; border-radius: 6px; color: #ffffff; font-weight: 700; }
.server-0 { background: #1d5296; } .server-1 { background: #9a4a00; } .server-none { background: #5a5f68; }
.chosen .server { min-width: 4rem; height: 4rem; font-size: 2.1rem; border-radius: 10px; }
.history { list-style: none; padding: 0; margin: 0.4rem 0; display: flex; flex-wrap: wrap; gap: 4px; }
.history li:last-child .server { outline: 3px solid var(--text); outline-offset: 1px; }
.history.small .server { min-width: 1.5rem; height: 1.5rem; font-size: 0.85rem; }
.scroll { overflow-x: auto; margin-bottom: 0.8rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: 0.5rem 0.6rem; border-bottom: 1px solid var(--rule); }
thead th { color: var(--muted); font-weight: 500; font-size: 0.9rem; }
tr.is-chosen { background: var(--panel); }
.bar { display: block; width: 100%; min-width: 4rem; max-width: 14rem; height: 0.5rem; margin-top: 0.25rem; border-radius: 4px; background: var(--rule); overflow: hidden; }
.bar span { display: block; height: 100%; background: var(--link); }
iframe { width: 100%; height: 9.5rem; border: 1px solid var(--rule); border-radius: 10px; background: var(--page); }
.actions { display: flex; flex-wrap: wrap; gap: 0.6rem; margin: 1.2rem 0; }
.actions form { margin: 0; }
.next { background: var(--link); border-color: var(--link); color: var(--page); }
`;
