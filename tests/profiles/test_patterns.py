"""Bytes as a profile writes them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from athena_sense.profiles.patterns import fill_template, parse_pattern, template_names


def test_a_pattern_names_what_it_finds() -> None:
    pattern = parse_pattern("f0 .. {status} {size:u16} {settings:rest}")
    assert pattern.read(bytes.fromhex("f0 aa 07 0102 03 04")) == {"status": 7, "size": 0x201, "settings": b"\x03\x04"}
    assert pattern.read(bytes.fromhex("f0 aa 07 0102")) == {"status": 7, "size": 0x201, "settings": b""}
    assert pattern.read(bytes.fromhex("f1 aa 07 0102")) is None
    assert pattern.read(bytes.fromhex("f0 aa 07 01")) is None


@given(payload=st.binary(max_size=40))
def test_any_bytes_fit_or_do_not(payload: bytes) -> None:
    found = parse_pattern("02 .. {a:f32} {b:rest}").read(payload)
    assert (found is not None) == (len(payload) >= 6 and payload[0] == 2)


@given(value=st.integers(0, 0xFFFF))
def test_a_template_is_read_back_by_its_pattern(value: int) -> None:
    payload = fill_template("01 {rate_hz:u16} ff", {"rate_hz": value})
    assert parse_pattern("01 {rate_hz:u16} ff").read(payload) == {"rate_hz": value}


def test_text_in_a_template() -> None:
    assert template_names('01 "/Acc/{rate_hz}" {codes.x}') == {"codes.x"}
    assert fill_template('01 "/Acc/{rate_hz}"', {"rate_hz": 52.0}) == b"\x01/Acc/52"
    assert fill_template('"f=a=>{b}({period_ms})"', {"period_ms": 12.5}) == b"f=a=>{b}(12.5)"


@pytest.mark.parametrize("source", ["0", "xyz", "{rate", '"open', "{a:u9}", "{a:rest} 01", '"text"'])
def test_a_pattern_that_cannot_be_read(source: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_pattern(source)


@pytest.mark.parametrize("source", ["..", "{rate_hz:u12}", "0"])
def test_a_template_that_cannot_be_written(source: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        template_names(source)


@pytest.mark.parametrize(("value", "why"), [(300.0, "does not fit"), (-1.0, "does not fit")])
def test_a_value_that_does_not_fit(value: float, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        fill_template("{rate_hz:u8}", {"rate_hz": value})
    with pytest.raises(ValueError, match="no value"):
        fill_template("{other}", {})
