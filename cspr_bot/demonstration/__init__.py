"""The main job, told as a story: real mails and forms, invented people, a clock turned by hand."""
