"""A fault anywhere on a page is told in words, and one of a callback on the page's next run."""

from streamlit.testing.v1 import AppTest


def faulty_page() -> None:
    import streamlit as st

    from marketmap.errors import OutputError
    from marketmap.pages.faults import noting, plainly

    @noting("That was not kept.")
    def keep() -> None:
        raise OutputError("The disk is full.")

    @plainly
    def show() -> None:
        st.button("Keep", on_click=keep)
        raise OutputError("The store cannot be read.")

    show()


def test_a_fault_is_told_in_words_and_a_noted_one_once() -> None:
    test = AppTest.from_function(faulty_page).run()
    assert not test.exception
    assert [code.value for code in test.code] == ["The store cannot be read."]
    test.button[0].click().run()
    assert [error.value for error in test.error] == ["That was not kept.", "This cannot be shown."]
    assert [code.value for code in test.code] == ["The disk is full.", "The store cannot be read."]
    test.run()
    assert [code.value for code in test.code] == ["The store cannot be read."]
