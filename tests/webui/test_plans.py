"""The data tab's fields ↔ the import plan, and uploads that keep it."""

import pytest

from engine.data.importing import Plan, Roles, Sources, SplitPlan, import_dataset, inspect
from engine.data.several_files import sort_out
from engine.errors import DataError, WorkspaceError
from webui import plans, uploads

CSV = "text,topic,part\n" + "\n".join(
    f"a text about thing number {i},{('Red', 'red ', 'blue')[i % 3]},{('train', 'test')[i % 2]}"
    for i in range(60)
)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "colours.csv"
    path.write_text(CSV, "utf-8")
    return path


@pytest.fixture
def inspection(file):
    return inspect(Sources(file))


def column(inspection, name):
    return [c.name for c in inspection.columns].index(name)


def test_a_role_is_given_and_the_others_stay(inspection):
    plan = plans.with_role(inspection, Plan(), column(inspection, "part"), "ignore")
    assert plan.roles == Roles(("text",), ("topic",), None)


def test_there_is_one_split_column_at_most(inspection):
    plan = plans.with_role(inspection, Plan(), column(inspection, "topic"), "split")
    assert plan.roles == Roles(("text",), (), "topic")


def test_another_label_column_forgets_what_was_decided_of_labels(inspection):
    decided = Plan(task="multiclass", positive="blue", merges={"red ": "Red"})
    plan = plans.with_role(inspection, decided, column(inspection, "part"), "label")
    assert (plan.task, plan.positive, plan.merges) == (None, None, {})


def test_another_text_column_keeps_what_was_decided_of_labels(inspection):
    decided = Plan(task="multiclass", merges={"red ": "Red"})
    plan = plans.with_role(inspection, decided, column(inspection, "text"), "ignore")
    assert (plan.task, plan.merges) == ("multiclass", {"red ": "Red"})


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [("overlap", True, {"drop_overlap": True}), ("kind", "ratios", {"kind": "ratios"})],
)
def test_one_field_changes_one_thing(inspection, name, value, wanted):
    before = Plan(split=SplitPlan("column"))
    split = plans.with_field(inspection, before, name, value).split
    assert {key: getattr(split, key) for key in wanted} == wanted


RATIOS = Plan(split=SplitPlan())


def read(inspection, values, plan=RATIOS):
    return plans.with_typed(inspection, plan, {"kind": plan.split.kind} | values)


def test_what_is_typed_is_read_all_at_once(inspection):
    shares = {"share_train": "70", "share_validation": " 15", "share_test": "15 %"}
    plan, wrong = read(inspection, shares | {"seed": "5", "cap_train": "2,000"})
    assert plan.split == SplitPlan("ratios", 0.7, 0.15, 0.15, 5, {"train": 2000})
    assert wrong == ()


def test_shares_that_do_not_add_up_are_told_in_per_cent_and_change_nothing(inspection):
    plan, wrong = read(inspection, {"share_train": "70", "cap_test": "3"})
    assert [m.text("en") for m in wrong] == [
        "The three shares must add up to 100; they are 70 + 10 + 10 = 90."
    ]
    assert plan.split == SplitPlan(per_label={"test": 3})


@pytest.mark.parametrize("value", ["-10", "ten", "", "0", "100", "nan", "inf"])
def test_a_share_that_is_none_is_told_in_words(inspection, value):
    plan, wrong = read(inspection, {"share_train": value})
    assert plan == RATIOS
    assert [m.key for m in wrong] == ["page.share_not_a_number"]
    assert all(m.text("en") and m.text("zh") for m in wrong)


def test_shares_and_seed_count_only_where_rows_are_shared_out(inspection):
    plan = Plan(split=SplitPlan("column"))
    assert read(inspection, {"share_test": "x", "seed": "y"}, plan) == (plan, ())


@pytest.mark.parametrize("seed", ["", "-1", "1.5", "x", "9" * 12])
def test_a_seed_that_is_none_is_told_in_words(inspection, seed):
    plan, wrong = read(inspection, {"seed": seed})
    assert (plan, [m.key for m in wrong]) == (RATIOS, ["page.seed_not_a_number"])


def test_an_emptied_cap_is_no_cap(inspection):
    capped = Plan(split=SplitPlan(per_label={"train": 5, "test": 3}))
    assert read(inspection, {"cap_train": ""}, capped)[0].split.per_label == {"test": 3}


@pytest.mark.parametrize("value", ["many", "-3", "0", "1.5"])
def test_a_cap_that_is_no_number_of_rows_is_told_in_words(inspection, value):
    plan, wrong = read(inspection, {"cap_train": value})
    assert plan == RATIOS
    assert "not a number of rows" in wrong[0].text("en")


def test_values_the_page_itself_wrote_change_nothing(inspection):
    plan = Plan()
    assert plans.with_field(inspection, plan, "name", inspection.plan.name) == plan
    third = Plan(split=SplitPlan("ratios", 1 / 3, 1 / 3, 1 / 3))
    for before, split in ((plan, inspection.plan.split), (third, third.split)):
        values = {"kind": split.kind} | plans.typed(split)
        assert plans.with_typed(inspection, before, values) == (before, ())


def test_a_missing_file_is_said_to_be_taken_out_of_training(workspace, file):
    upload = uploads.store(workspace, sort_out([(file, "a.csv")]))
    assert plans.carved(uploads.inspection(workspace, upload)) == ()
    uploads.add(workspace, upload, "test", file, "b.csv")
    found = plans.carved(uploads.inspection(workspace, upload))
    assert [m.key for m in found] == ["page.files_no_validation"]
    assert "taken out of the training rows" in found[0].text("en")


@pytest.mark.parametrize("index", ["0", "all"])
def test_look_alikes_merge_and_come_apart_again(inspection, index):
    merged = plans.with_merge(inspection, Plan(), index)
    assert merged.merges
    assert plans.without_merges(merged).merges == {}


@pytest.mark.parametrize("index", ["9", "-1", "x", ""])
def test_a_merge_of_nothing_changes_nothing(inspection, index):
    assert plans.with_merge(inspection, Plan(), index).merges == {}


def test_the_save_button_names_what_is_missing(inspection, file):
    assert plans.missing(inspection) is None
    without_text = inspect(Sources(file), Plan(roles=Roles((), ("topic",))))
    assert plans.missing(without_text) == "save_needs_text"
    without_label = inspect(Sources(file), Plan(roles=Roles(("text",), ())))
    assert plans.missing(without_label) == "save_needs_label"


def test_an_upload_keeps_its_plan(workspace, file):
    upload = uploads.store(workspace, sort_out([(file, "Colours.csv")]))
    plan = Plan(Roles(("text",), ("topic",), "part"), "multiclass", None, {"a": "b"}, SplitPlan())
    uploads.save_plan(workspace, upload, plan)
    loaded = uploads.load(workspace, upload)
    assert loaded.plan == plan
    assert loaded.sources.names == {"train": "Colours.csv"}
    assert loaded.sources.train.read_text("utf-8") == CSV


def test_the_file_of_another_split_is_kept_beside_it(workspace, file):
    upload = uploads.store(workspace, sort_out([(file, "a.csv")]))
    uploads.add(workspace, upload, "test", file, "b.csv")
    loaded = uploads.load(workspace, upload)
    assert set(loaded.sources.paths()) == {"train", "test"}
    assert loaded.plan.split == SplitPlan("files")


def test_a_file_that_does_not_fit_is_not_kept(workspace, file, tmp_path):
    upload = uploads.store(workspace, sort_out([(file, "a.csv")]))
    before = uploads.load(workspace, upload)
    rubbish = tmp_path / "rubbish.csv"
    rubbish.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    with pytest.raises(DataError):
        uploads.add(workspace, upload, "test", rubbish, "rubbish.csv")
    assert uploads.load(workspace, upload) == before
    assert uploads.inspection(workspace, upload).labels


@pytest.mark.parametrize("upload", ["never-was", "../../etc", "", None, "a/b", "..", "x" * 99])
def test_an_upload_that_is_not_there_is_told_in_words(workspace, upload):
    assert not uploads.exists(workspace, upload)
    with pytest.raises(WorkspaceError, match="no longer here"):
        uploads.inspection(workspace, upload)
    uploads.remove(workspace, upload)


def test_hostile_file_names_stay_names(workspace, file):
    upload = uploads.store(workspace, sort_out([(file, "../../<img onerror=x>.exe")]))
    folder = workspace.uploads / upload
    assert sorted(path.name for path in folder.iterdir()) == ["train.txt", "upload.json"]
    assert folder.parent == workspace.uploads


def test_a_changed_plan_is_looked_at_anew(workspace, file):
    upload = uploads.store(workspace, sort_out([(file, "a.csv")]))
    assert len(uploads.inspection(workspace, upload).labels) == 3
    merges = {"red": "Red"}
    uploads.save_plan(workspace, upload, Plan(merges=merges))
    assert len(uploads.inspection(workspace, upload).labels) == 2


def test_forgotten_uploads_are_cleared_and_fresh_ones_kept(workspace, file):
    import os

    old, fresh = (
        uploads.store(workspace, sort_out([(file, name)])) for name in ("old.csv", "new.csv")
    )
    os.utime(workspace.uploads / old, (0, 0))
    uploads.clear_old(workspace)
    assert not uploads.exists(workspace, old)
    assert uploads.exists(workspace, fresh)


def test_an_upload_is_named_apart_from_the_data_sets_there_are(workspace, file):
    first = uploads.store(workspace, sort_out([(file, "Notes.csv")]))
    uploads.name_apart(workspace, first)
    assert uploads.inspection(workspace, first).plan.name == "Notes"
    sources = uploads.load(workspace, first).sources
    assert import_dataset(workspace, sources).name == "Notes"
    second = uploads.store(workspace, sort_out([(file, "Notes.csv")]))
    uploads.name_apart(workspace, second)
    assert uploads.inspection(workspace, second).plan.name == "Notes (2)"
