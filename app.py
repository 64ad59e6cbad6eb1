"""The app: ``streamlit run app.py``. Which pages it has, `marketmap.pages.navigation` says."""

import streamlit as st

from marketmap.pages.navigation import run_page

st.set_page_config(page_title="marketmap", layout="wide", menu_items={})
run_page()
