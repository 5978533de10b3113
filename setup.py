"""The wheel's copy of the config's schema, which a clone has in config/schemas."""

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class WithSchema(build_py):
    """Builds the package, with the schema beside the module that reads it."""

    def run(self) -> None:
        super().run()
        if not self.editable_mode:
            target = Path(self.build_lib) / "lit" / "study" / "config.schema.yaml"
            self.copy_file("config/schemas/config.schema.yaml", str(target))


setup(cmdclass={"build_py": WithSchema})
