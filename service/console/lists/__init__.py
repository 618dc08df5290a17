"""Lists: a table that somebody drops on the page, scored and held by a process of its own.

The service only takes the file and passes questions on: ``routes`` (HTTP), ``folders`` (a private folder for each
list), ``upload`` (the file), ``lists`` and ``holder`` (the other process, as the service sees it). In that process:
``__main__`` (a socket, and the end of it), ``answering`` (what is answered to a question), ``scored`` (the customers).
Between them: ``task`` and ``questions``. So the service needs no PyArrow, and no memory for a list; a list is answered
by the model that scored it, and it ends with its folder.
"""
