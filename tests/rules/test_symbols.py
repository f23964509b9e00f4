import pytest

from bloc.rules.symbols import body_of, fault_of, symbol_of


@pytest.mark.parametrize(
    ("number", "kind"),
    [("09/KH-KTĐ", "KH"), ("10/KH-KTĐ", "KH"), ("1516/KH-KTĐ", "KH"), ("01/TTr-KTĐ", "TTr"), ("12/KTĐ", ""), ("12/KTĐ-VP", "")],
)
def test_a_number_of_its_kind_is_in_order(number, kind):
    assert fault_of(number, kind) is None


@pytest.mark.parametrize(
    ("number", "kind"),
    [("9/KH-KTĐ", "KH"), ("009/KH-KTĐ", "KH"), ("00/KH-KTĐ", "KH"), ("09/BC-KTĐ", "KH"), ("09KH-KTĐ", "KH"), ("", "KH"),
     ("09/KH", "KH"), ("x/KH-KTĐ", "KH"), ("09/KH-KTĐ ", "KH"), ("09/ttr-KTĐ", "TTr")],
)  # fmt: skip
def test_what_is_no_number_of_that_kind_is_refused(number, kind):
    assert fault_of(number, kind) is not None


def test_the_sign_of_the_issuer_is_that_of_the_plans_number():
    assert [body_of(number) for number in ("1516/KH-KTĐ", "01/KH", "x")] == ["KTĐ", "…", "…"]
    assert [symbol_of("KH", "KTĐ"), symbol_of("", "KTĐ")] == ["KH-KTĐ", "KTĐ"]
