"""The app: ``streamlit run app.py``. Which county and which output it shows, `marketmap.pages.sources` says."""

import streamlit as st

from marketmap.pages import block_proposals, market_map

st.set_page_config(page_title="marketmap", layout="wide", menu_items={})
# No page icons: Streamlit fetches a page's icon for the browser's tab from another host.
page = st.navigation(
    [
        st.Page(market_map.show, title="Market map", default=True),
        st.Page(block_proposals.show, title="Block proposals", url_path="block_proposals"),
    ],
    position="top",
)
page.run()
