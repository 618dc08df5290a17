"""What platforms tell a container, and that an operator has the last word."""

import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import ModuleType

import pytest

from churn.errors import BadInput
from service.__main__ import check_routes
from service.platforms.healthy import arguments, is_ready
from service.platforms.storage import brought
from service.platforms.variables import adapted
from service.settings import Settings, parse

ALL = "0.0.0.0"  # noqa: S104  nothing listens there
IMAGE = {"CHURN_IMAGE_BUNDLE": "/app/artifacts/telco", "CHURN_IMAGE_PORT": "8000", "CHURN_HOST": ALL}
URL = "gs://models/churn/7"


def parsed(argv, **environ):
    return parse(*adapted(argv, environ))


def test_an_image_alone_serves_what_it_was_made_with():
    given = parsed([], **IMAGE)
    assert (given.bundle, given.port, given.host) == (Path("/app/artifacts/telco"), 8000, ALL)


def test_serve_is_how_sagemaker_starts_a_container():
    given = parsed(["serve"], **IMAGE)
    assert (given.bundle, given.port, given.host) == (Path("/opt/ml/model"), 8080, ALL)
    assert (given.console, given.max_records) == ("off", 1_000_000)
    assert given.insecure == "off"


def test_what_is_set_on_purpose_wins_over_serve():
    said = {
        "CHURN_BUNDLE": "/b",
        "CHURN_PORT": "9",
        "CHURN_HOST": "::",
        "CHURN_CONSOLE": "on",
        "CHURN_MAX_RECORDS": "3",
    }
    given = parsed(["serve"], **IMAGE, **{k: v for k, v in said.items() if k != "CHURN_HOST"})
    assert (given.bundle, given.port, given.console, given.max_records) == (Path("/b"), 9, "on", 3)
    assert parsed(["serve"], **said).host == "::"


def test_sagemaker_may_choose_the_port_of_one_of_several_containers():
    assert parsed(["serve"], SAGEMAKER_BIND_TO_PORT="15000").port == 15_000
    assert parsed(["serve"], SAGEMAKER_BIND_TO_PORT="15000", CHURN_PORT="9").port == 9


def test_serve_beside_other_arguments_is_the_folder_of_that_name():
    assert parsed(["serve", "--port", "9"]).bundle == Path("serve")
    assert parsed(["./serve"]).bundle == Path("serve")


def test_vertex_says_port_routes_and_bundle():
    told = {"AIP_HTTP_PORT": "8080", "AIP_PREDICT_ROUTE": "/v1/e/1:predict", "AIP_HEALTH_ROUTE": "/v1/e/1"}
    given = parsed([], **IMAGE, **told, AIP_STORAGE_URI="/mnt/bundle")
    assert (given.port, given.bundle) == (8080, Path("/mnt/bundle"))
    assert (given.vertex_predict, given.vertex_health) == ("/v1/e/1:predict", "/v1/e/1")


def test_cloud_run_says_the_port():
    assert parsed(["b"], PORT="8181").port == 8181
    assert parsed(["b"], **IMAGE, PORT="8181").port == 8181


@pytest.mark.parametrize(
    ("told", "host"),
    [({"PORT": "1"}, "127.0.0.1"), ({"AIP_HTTP_PORT": "1"}, ALL), ({"K_SERVICE": "c"}, ALL)],
)
def test_all_addresses_are_listened_on_where_a_platform_is_sure_to_be(told, host):
    assert parsed(["b"], **told).host == host


def test_an_option_or_a_variable_of_ours_wins_over_a_platforms():
    told = {"PORT": "1", "AIP_HTTP_PORT": "2", "AIP_STORAGE_URI": URL, "AIP_PREDICT_ROUTE": "/a"}
    ours = {"CHURN_PORT": "3", "CHURN_BUNDLE": "/b", "CHURN_VERTEX_PREDICT": "/c"}
    given = parsed([], **told, **ours)
    assert (given.port, given.bundle, given.vertex_predict) == (3, Path("/b"), "/c")
    given = parsed(["/d", "--port", "4", "--vertex-predict", "/e"], **told, **ours)
    assert (given.port, given.bundle, given.vertex_predict) == (4, Path("/d"), "/e")


def test_a_variable_that_was_left_empty_says_nothing():
    empty = dict.fromkeys(("PORT", "AIP_HTTP_PORT", "AIP_STORAGE_URI", "AIP_PREDICT_ROUTE", "CHURN_PORT"), "")
    given = parsed([], **IMAGE, **empty)
    assert (given.port, given.bundle, given.vertex_predict) == (8000, Path("/app/artifacts/telco"), None)


def test_a_port_that_is_none_is_wrong_usage(capsys):
    with pytest.raises(SystemExit) as stop:
        parsed(["b"], AIP_HTTP_PORT="web")
    assert stop.value.code == 2
    assert "'web' is not a whole number" in capsys.readouterr().err


def test_one_path_for_two_things_is_refused():
    check_routes(Settings(Path("b"), vertex_predict="/a", vertex_health="/b"))
    with pytest.raises(BadInput, match="a path of its own"):
        check_routes(Settings(Path("b"), vertex_predict="/a", vertex_health="/a"))


# --- storage -------------------------------------------------------------------------------------------


class Files:
    """A file system of a cloud, as fsspec has them."""

    def __init__(self, files):
        self.files = files

    def find(self, root):
        return [name for name in self.files if name.startswith(f"{root}/")]

    def get_file(self, name, target):
        content = self.files[name]
        if content is None:
            raise PermissionError(13, "no access", name)
        Path(target).write_bytes(content)


@pytest.fixture
def cloud(monkeypatch):
    """Puts files where fsspec finds them."""

    def put(files):
        package, core = ModuleType("fsspec"), ModuleType("fsspec.core")
        core.url_to_fs = lambda address: (Files(files), address.partition("://")[2])
        monkeypatch.setitem(sys.modules, "fsspec", package)
        monkeypatch.setitem(sys.modules, "fsspec.core", core)

    return put


@pytest.fixture(autouse=True)
def temporary(monkeypatch, tmp_path):
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


def told():
    given = parsed([], AIP_STORAGE_URI=URL)
    return brought(given, {"AIP_STORAGE_URI": URL})


def test_a_bundle_in_a_cloud_is_copied_and_the_copy_removed(cloud, temporary):
    cloud(
        {"models/churn/7/manifest.json": b"{}", "models/churn/7/compiled/model.tflite": b"m", "models/churn/70/x": b""}
    )
    with told() as given:
        found = {path.relative_to(given.bundle).as_posix() for path in given.bundle.rglob("*") if path.is_file()}
        assert found == {"manifest.json", "compiled/model.tflite"}
        assert (given.bundle / "compiled" / "model.tflite").read_bytes() == b"m"
        assert given.bundle.parent == temporary
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({}, "There is no file at gs://models/churn/7"),
        ({"models/churn/7/../../x": b""}, r"a name with \.\."),
        ({"models/churn/7/a": None}, "cannot be copied: PermissionError"),
    ],
)
def test_a_bundle_that_cannot_be_copied_is_refused_and_nothing_stays(cloud, temporary, files, sentence):
    cloud(files)
    with pytest.raises(BadInput, match=sentence), told():
        pass
    assert list(temporary.iterdir()) == []


def test_without_what_reads_it_a_sentence_says_what_to_do(monkeypatch):
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    monkeypatch.setitem(sys.modules, "fsspec", None)
    with pytest.raises(BadInput, match=r"pip install 'churn-service\[storage\]'"), told():
        pass


def test_where_nothing_can_be_written_a_sentence_says_so(cloud, monkeypatch, temporary):
    cloud({"models/churn/7/a": b""})
    monkeypatch.setattr("tempfile.tempdir", str(temporary / "not there"))
    with pytest.raises(BadInput, match="no folder can be made for it"), told():
        pass


def test_a_folder_or_another_bundle_is_taken_as_it_is(tmp_path):
    for environ in ({"AIP_STORAGE_URI": str(tmp_path)}, {"AIP_STORAGE_URI": URL}, {}):
        with brought(Settings(tmp_path), environ) as given:
            assert given.bundle == tmp_path


def test_the_address_is_that_of_a_folder_however_it_ends(cloud):
    cloud({"models/churn/7/manifest.json": b"{}", "models/churn/7/": b""})
    address = f"{URL}/"
    with brought(parsed([], AIP_STORAGE_URI=address), {"AIP_STORAGE_URI": address}) as given:
        assert [path.name for path in given.bundle.iterdir()] == ["manifest.json"]


# --- the health of a container -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "found"),
    [
        (b"/app/venv/bin/python\0/app/venv/bin/churn-serve\0serve\0", ["serve"]),
        (b"/sbin/docker-init\0--\0churn-serve\0/bundle\0--port\x009\0", ["/bundle", "--port", "9"]),
        (b"/app/venv/bin/python\0/app/venv/bin/churn-serve\0", []),
        (b"sh\0", []),
        (b"", []),
    ],
)
def test_the_arguments_of_a_container_are_those_behind_the_command(command, found):
    assert arguments(command) == found


@pytest.fixture
def answering():
    """A server that answers with a status, which can be set."""

    class Handler(BaseHTTPRequestHandler):
        status = 200

        def do_GET(self):
            self.send_response(Handler.status if self.path == "/health/ready" else 404)
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port, Handler
        server.shutdown()
        thread.join()


def test_a_service_is_healthy_when_it_is_ready(answering):
    port, handler = answering
    assert is_ready(Settings(Path("b"), port=port))
    handler.status = 503
    assert not is_ready(Settings(Path("b"), port=port))


def test_a_service_that_is_not_there_is_not_healthy():
    with socket.socket() as taken:  # nobody listens on it
        taken.bind(("127.0.0.1", 0))
        assert not is_ready(Settings(Path("b"), port=taken.getsockname()[1]))
