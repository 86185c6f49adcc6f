"""Where stages run: exchange files, the record of finished tasks, and the in-process and Dask runners."""
