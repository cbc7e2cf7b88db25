"""Which domain is registered: sub-domains add up to it."""

import pytest

from nurture.domain.mail_domains import domain_of, primary_domain


@pytest.mark.parametrize(
    ("domain", "primary"),
    [
        ("example.com", "example.com"),
        ("news.eu.example.com", "example.com"),
        ("mail.example.co.uk", "example.co.uk"),
        ("example.co.uk", "example.co.uk"),
        ("hello.example.de", "example.de"),
        ("co.de", "co.de"),
        ("News.Example.com.", "example.com"),
    ],
)
def test_subdomains_add_up(domain, primary):
    assert primary_domain(domain) == primary


def test_the_domain_of_an_address():
    assert [domain_of(each) for each in ("Ada@News.example.com", "nobody", "")] == ["news.example.com", "", ""]
