extension ReportPage {
  static let style = """
    :root{color-scheme:dark;--back:#0d1117;--card:#161b22;--line:#2b333d;--ink:#e6edf3;--dim:#8b949e}
    *{box-sizing:border-box}body{margin:0;background:var(--back);color:var(--ink);
    font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
    header{max-width:1200px;margin:0 auto;padding:28px 24px 4px}h1{font-size:24px;margin:0}
    header p{margin:4px 0;color:var(--dim)}
    header .notice{color:#ffd58a;background:#3a2a08;border:1px solid #6b4e12;border-radius:8px;
    padding:8px 12px;margin:12px 0}
    main{max-width:1200px;margin:0 auto;padding:12px 24px 48px}
    article{display:grid;grid-template-columns:minmax(260px,5fr) 6fr;gap:24px;background:var(--card);
    border:1px solid var(--line);border-radius:14px;padding:20px;margin:18px 0}
    @media(max-width:760px){article{grid-template-columns:1fr}}
    figure{position:relative;margin:0 0 12px;background:#000;border-radius:8px;overflow:hidden}
    figure img,figure svg{position:absolute;inset:0;width:100%;height:100%;display:block}
    rect{fill:var(--c);fill-opacity:.06;stroke:var(--c);stroke-width:2;
    vector-effect:non-scaling-stroke;cursor:pointer}
    g{outline:none;transition:opacity .12s}h2{margin:0;font-size:18px}
    h3{margin:14px 0 4px;font-size:12px;letter-spacing:.09em;text-transform:uppercase;color:var(--dim)}
    .origin{margin:0;color:var(--dim);font-size:13px}ol{list-style:none;margin:0;padding:0}
    li{display:flex;gap:12px;justify-content:space-between;align-items:flex-start;padding:6px 10px;
    border-left:4px solid var(--c);border-radius:6px;margin:4px 0;outline:none;cursor:default}
    li.none,li.skipped,li.failed{border-left:4px dashed var(--line);color:var(--dim)}
    li.failed{border-left-color:#f85149}
    .chips{white-space:nowrap;font-size:13px;font-variant-numeric:tabular-nums}
    .chips b{display:inline-block;background:var(--c);color:#0d1117;border-radius:99px;
    padding:1px 8px;margin-left:4px}.chips i{color:var(--dim)}
    footer{margin-top:16px;padding-top:10px;border-top:1px solid var(--line);color:var(--dim);
    font-size:12px;overflow-wrap:anywhere}
    article.lit g:not(.on){opacity:.12}article.lit li:not(.on){opacity:.45}
    li.on{background:#ffffff14}g.on rect{fill-opacity:.25;stroke-width:4}
    """

  static let script = """
    document.querySelectorAll('article').forEach(function(card){
      function light(s){card.classList.toggle('lit',s!==null);
        card.querySelectorAll('[data-s]').forEach(function(e){
          e.classList.toggle('on',s!==null&&e.dataset.s===s)})}
      card.querySelectorAll('[data-s]').forEach(function(e){
        ['mouseenter','focus'].forEach(function(n){
          e.addEventListener(n,function(){light(e.dataset.s)})});
        ['mouseleave','blur'].forEach(function(n){e.addEventListener(n,function(){light(null)})})})})
    """
}
