"""A run whose plugin is gone says which it needs."""

from studio.desk.missing_plugin import missing_plugin
from studio.store.place import plugins_folder
from studio.store.plugin_folder import Record, write_record


def test_what_is_there_is_not_missing():
    assert missing_plugin("") == missing_plugin("generative-studio") == missing_plugin("numpy") == ""


def test_one_that_the_studio_installed_is_there():
    assert "'My_Plugin'" in missing_plugin("My_Plugin")
    (plugins_folder() / "my-plugin").mkdir(parents=True)
    write_record(plugins_folder() / "my-plugin", Record(waiting="1.0"))
    assert missing_plugin("My_Plugin") == ""


def test_what_is_no_name_of_a_distribution():
    assert "which is not installed" in missing_plugin("../x\n")
