// Korean pages say that they are Korean, for screen readers and hyphenation; the theme knows one language only.
if (/\.ko\/(index\.html)?$/.test(location.pathname)) document.documentElement.lang = "ko";
