"""The documentation page in a real browser, under its own Content-Security-Policy."""
import json
import os
import re
import shutil
from urllib.parse import urlsplit

import pytest

from support.browser import Browser
from support.docs_site import DocsSite, policy
from support.openapi import sample_document

JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    if shutil.which("chromium") is None:
        pytest.skip("chromium is not installed")
    with Browser(tmp_path_factory.mktemp("browser")) as started:
        yield started


@pytest.fixture
def site():
    with DocsSite(sample_document()) as started:
        yield started


@pytest.fixture
def page(browser, site):
    opened = browser.open(site.url)
    opened.wait("document.querySelector('.operation')")
    yield opened
    shots = os.environ.get("RETORT_SCREENSHOTS")
    if shots:
        name = os.environ["PYTEST_CURRENT_TEST"].split("::")[1].split(" ")[0]
        opened.screenshot(f"{shots}/{name}.png")
    # Whatever a test did: no error, and nobody else was asked.
    assert opened.complaints == []
    own = [status for url, status in opened.statuses.items() if "/docs" in url or "openapi" in url]
    assert own == [200] * 4
    assert {urlsplit(url).netloc for url in opened.requests} == {urlsplit(site.url).netloc}


def open_operation(page, name):
    page.click(f"#{name} > summary")
    page.wait(f"document.querySelector('#{name} form')")


def answer_of(page, name):
    page.wait(f"document.querySelector('#{name} .answer')")
    return page.value(f"document.querySelector('#{name} .answer').innerText")


def test_policy_allows_nothing_inline_or_foreign():
    assert policy().startswith("default-src 'none'; script-src 'self'; style-src 'self'; ")
    assert "unsafe" not in policy() and "http" not in policy() and "*" not in policy()


def test_page_lists_operations_by_tag(page):
    assert page.value("document.title") == "Shop"
    groups = page.value("[...document.querySelectorAll('main .tag')].map(tag => tag.textContent)")
    assert groups == ["items", "orders", "health", "export.csv"]
    count = page.value("document.querySelectorAll('main .operation').length")
    document = json.loads(sample_document())
    assert count == sum(len(item) for item in document["paths"].values())
    assert "access" in page.value("document.querySelector('#create_item summary').innerText")
    assert page.value("document.querySelector('.deprecated').id") == "list_status_orders"


def test_request_is_sent_and_its_answer_shown(page, site):
    site.answers["GET", "/items/7"] = (200, JSON, '{"id":9007199254740993,"name":"<b>\\"oak\\""}')
    open_operation(page, "get_item")
    page.type("#get_item-path-id", "7")
    page.click("#get_item form button.main")
    shown = answer_of(page, "get_item")
    assert "200 OK" in shown
    # Digits that a double has not, and marks that are no marks.
    assert re.search(r'"id": 9007199254740993,\s+"name": "<b>\\"oak\\""', shown)
    assert [(method, path) for method, path, _, _ in site.asked] == [("GET", "/items/7")]


def test_body_key_and_fault(page, site):
    site.answers["POST", "/items"] = (422, {"Content-Type": "application/problem+json"},
                                      '{"title":"Unprocessable Content","status":422}')
    page.click("#access")
    page.type("#secret-apiKey", "a key")
    page.type("#secret-bearer", "a token")
    page.click("#credentials button.main")
    open_operation(page, "create_item")
    example = json.loads(page.value("document.querySelector('#create_item-body').value"))
    assert example == {"name": "text", "price": "9.90", "mood": "sad",
                       "place": {"x": 1, "label": "text"}, "tags": ["text"]}
    page.type("#create_item-body", "{")
    assert "not JSON" in page.value("document.querySelector('#create_item .wrong').textContent")
    page.type("#create_item-body", '{"name": "Stuhl größer", "price": 12.300}')
    page.click("#create_item form button.main")
    assert "422 Unprocessable" in answer_of(page, "create_item")
    (_, _, headers, body), = site.asked
    assert body == '{"name": "Stuhl größer", "price": 12.300}'
    assert headers["Content-Type"] == "application/json"
    # One way to be known at a time: both together are refused by the server.
    assert headers["X-API-Key"] == "a key" and "Authorization" not in headers


def test_lists_and_json_in_the_query(page, site):
    open_operation(page, "list_status_orders")
    page.type("#list_status_orders-path-name", "in stock/é")
    page.type("#list_status_orders-query-tags", "a&b\nc")
    page.type("#list_status_orders-query-during", '{"empty":true}')
    page.click("#list_status_orders form button.main")
    assert "404" in answer_of(page, "list_status_orders")
    (_, path, _, _), = site.asked
    assert path == ("/statuses/in%20stock%2F%C3%A9/orders"
                    "?during=%7B%22empty%22%3Atrue%7D&tags=a%26b&tags=c")


def test_next_page_is_one_click_away(page, site):
    site.answers["GET", "/items"] = (200, {**JSON, "Link": '</items?after=x%2B1>; rel="next"'}, "[]")
    site.answers["GET", "/items?after=x%2B1"] = (200, JSON, '["second"]')
    open_operation(page, "list_items")
    page.click("#list_items form button.main")
    answer_of(page, "list_items")
    page.click("#list_items .answer button")
    page.wait("document.querySelector('#list_items .answer').innerText.includes('second')")


def test_keyboard_is_enough(page, site):
    site.answers["GET", "/health"] = (200, {"Content-Type": "application/health+json"},
                                      '{"status":"pass"}')
    page.press("/")
    assert page.value("document.activeElement.id") == "filter"
    page.type("#filter", "health")
    page.wait("document.querySelectorAll('main .operation:not([hidden])').length === 1")
    for _ in range(20):
        page.press("Tab")
        if page.value("document.activeElement.closest('.operation')?.id") == "get_health":
            break
    page.press("Enter")
    page.wait("document.querySelector('#get_health form')")
    page.press("Tab")
    assert page.value("document.activeElement.textContent") == "Send"
    page.press("Enter")
    assert '"pass"' in answer_of(page, "get_health")


def test_link_opens_an_operation(browser, site):
    page = browser.open(f"{site.url}#get_item")
    page.wait("document.querySelector('#get_item[open] form')")
    assert page.value("document.activeElement.parentElement.id") == "get_item"
    page.click("#contents a[href='#list_status_orders']")
    page.wait("document.querySelector('#list_status_orders[open] form')")
    assert page.complaints == []


def test_hostile_document_stays_text(browser, site):
    document = json.loads(site.document)
    document["info"]["title"] = "<img src=x onerror=alert(1)>"
    document["info"]["description"] = "[x](javascript:alert(1)) <script>alert(1)</script>"
    document["paths"]["/items/{id}"]["get"]["summary"] = "<svg onload=alert(1)>"
    # A type that holds itself.
    document["components"]["schemas"]["shop.point"]["properties"]["x"] = {
        "$ref": "#/components/schemas/shop.point"}
    site.document = json.dumps(document)
    page = browser.open(f"{site.url}#get_item")
    page.wait("document.querySelector('#get_item form')")
    assert page.value("document.querySelectorAll('img, svg, main script').length") == 0
    assert page.value("document.querySelectorAll('a[href^=javascript]').length") == 0
    assert page.complaints == []


def test_missing_document_is_told(browser, site):
    site.document = "no JSON"
    page = browser.open(site.url)
    page.wait("document.querySelector('#state.wrong')")


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [360, 1280])
def test_text_is_legible_and_nothing_overflows(browser, site, dark, width):
    page = browser.open(f"{site.url}#create_item", width=width, dark=dark)
    page.wait("document.querySelector('#create_item form')")
    assert page.value("document.documentElement.scrollWidth") <= width
    # WCAG 2.1, 1.4.3: contrast of text against what is behind it.
    contrast = page.value("""(() => {
      const light = (color) => {
        const [r, g, b] = color.match(/[\\d.]+/g).map(Number).map((part) => {
          const share = part / 255;
          return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      const ground = (at) => {
        for (; at; at = at.parentElement) {
          const color = getComputedStyle(at).backgroundColor;
          if (color !== "rgba(0, 0, 0, 0)") return color;
        }
        return "rgb(255, 255, 255)";
      };
      const texts = [...document.querySelectorAll("main *, header *, aside *")].filter((one) =>
        one.checkVisibility() && [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim()));
      return Math.min(...texts.map((one) => {
        const [a, b] = [light(getComputedStyle(one).color), light(ground(one))].sort((x, y) => y - x);
        return (a + 0.05) / (b + 0.05);
      }));
    })()""")
    assert contrast >= 4.5
