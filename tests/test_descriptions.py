"""The cut descriptions of AWS say of the services that are called what botocore's own say."""

import json
import shutil
from pathlib import Path

import botocore
import pytest
from botocore.loaders import Loader
from botocore.session import Session

import descriptions

DATA = Path(botocore.__file__).parent / "data"
CALLED = ("dynamodb", "s3", "sqs", "sts")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """botocore's data on these services, cut."""
    folder = tmp_path_factory.mktemp("cut") / "data"
    shutil.copytree(DATA, folder, ignore=_others)
    descriptions.shorten(folder, CALLED)
    return folder


def session(folder: Path) -> Session:
    """A session that knows of AWS what this folder says."""
    made = Session()
    loader = Loader(extra_search_paths=[str(folder)], include_default_search_paths=False)
    made.register_component("data_loader", loader)
    return made


@pytest.mark.parametrize("called", CALLED)
def test_every_region_of_every_partition_is_still_there(folder: Path, called: str) -> None:
    cut, whole = session(folder), session(DATA)

    assert cut.get_available_partitions() == whole.get_available_partitions()
    for partition in whole.get_available_partitions():
        regions = whole.get_available_regions(called, partition)
        assert cut.get_available_regions(called, partition) == regions


@pytest.mark.parametrize("called", CALLED)
def test_nothing_but_documentation_is_missing(folder: Path, called: str) -> None:
    cut, whole = session(folder), session(DATA)

    for kind in ("service-2", "endpoint-rule-set-1", "paginators-1"):
        before = whole.get_component("data_loader").load_service_model(called, kind)
        after = cut.get_component("data_loader").load_service_model(called, kind)
        assert json.dumps(after) == json.dumps(descriptions.undocumented(before))
        assert after.keys() == before.keys()


@pytest.mark.parametrize("called", CALLED)
def test_a_client_has_the_same_operations(folder: Path, called: str) -> None:
    cut, whole = (session(data).create_client(called, region_name="eu-west-1") for data in (folder, DATA))

    assert cut.meta.endpoint_url == whole.meta.endpoint_url
    assert cut.meta.service_model.operation_names == whole.meta.service_model.operation_names


def test_a_field_that_is_called_documentation_stays() -> None:
    described = {
        "documentation": "Why.",
        "members": {"documentation": {"shape": "Text", "documentation": "x"}},
    }

    cut = descriptions.undocumented(described)

    assert cut == {"documentation": "", "members": {"documentation": {"shape": "Text", "documentation": ""}}}


def test_what_is_left_is_quick_to_decode(folder: Path) -> None:
    whole = (DATA / "endpoints.json").stat().st_size

    assert (folder / "endpoints.json").stat().st_size < whole / 20
    assert not list(folder.glob("*/*/*.gz"))


def _others(folder: str, names: list[str]) -> list[str]:
    return [name for name in names if Path(folder) == DATA and (DATA / name).is_dir() and name not in CALLED]
