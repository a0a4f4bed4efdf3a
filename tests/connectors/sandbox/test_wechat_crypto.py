"""WeChat's signatures and envelope against the official vectors (wechat.md §1.2, §1.4)."""

import pytest

from connectors.sandbox.wechat_crypto import BadEnvelope, decrypt, encrypt, signature

KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
APP = "wx0000000000000001"
MESSAGE = (
    "<xml><ToUserName><![CDATA[gh_sim]]></ToUserName><FromUserName><![CDATA[oSIM]]></FromUserName><CreateTime>1700000000</CreateTime>"
    "<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[你好]]></Content><MsgId>1</MsgId></xml>"
).encode()
ENCRYPTED = (
    "Q3stYC6hdFzMh9T8HCvyDOfoxogh1MJuVqHQl4PjVXgRey9WjoSHn6qXCObB2LuGmKXp/SA3dNMJJ3kgV1wwvFrZRkZaciYkp1WE0B3GhZteUMSB1JerBM87VkGua4by"
    "RtHkpNpw28ZCnWuT4eXpYkQKfL0oUpcpBNcr+t4EptMRg/na9soThsbnyi3iLfU/Bla4SxwBXLSkAdtPYLnrIqzVIt3bjeXSALUhAVVofBFB3ETZqBgwJe5KO28G9i0D"
    "Yw0RCaiSfvMS6JybxXc16KF3ge026JX27RWwNb0daurTGRAmW8PXYtaZ+L7OfLXAlZdKCU9Fz3AzDUwPWmfYAJCvuqcAUY/HHCxxSZ28Q1vhkW3iyfaWx0VVfB2m38Vj"
)


def test_the_official_signature_vector_is_met() -> None:
    assert signature("AAAAA", "1714037059", "486452656") == "899cf89e464efb63f54ddac96b0a0a235f53aa78"


def test_the_message_signature_covers_the_ciphertext() -> None:
    assert signature("simtoken", "1700000000", "nonce1", ENCRYPTED) == "24406a44b7ebdbd54e3576a8401bf307dafad286"


def test_encryption_gives_the_known_ciphertext() -> None:
    assert encrypt(MESSAGE, KEY, APP, b"0123456789abcdef") == ENCRYPTED


def test_decryption_gives_the_message_back() -> None:
    assert decrypt(ENCRYPTED, KEY, APP) == MESSAGE


@pytest.mark.parametrize("length", [0, 1, 11, 12, 13, 31, 32, 33, 5000])
def test_every_length_survives_the_padding(length: int) -> None:
    assert decrypt(encrypt(b"x" * length, KEY, APP), KEY, APP) == b"x" * length


@pytest.mark.parametrize("broken", ["", "!!!", "QUJD", ENCRYPTED[:-4], ENCRYPTED[4:], "A" * 64, "你好"])
def test_a_broken_envelope_is_refused(broken: str) -> None:
    with pytest.raises(BadEnvelope):
        decrypt(broken, KEY, APP)


def test_an_envelope_for_another_app_is_refused() -> None:
    with pytest.raises(BadEnvelope, match="app id"):
        decrypt(ENCRYPTED, KEY, "wx0000000000000002")
