from django.urls import path

from bulletins.views import issues, letters

app_name = "bulletins"
urlpatterns = [
    path("bulletins/", issues.bulletins, name="bulletins"),
    path("bulletins/draft/", issues.draft, name="draft"),
    path("bulletins/<int:pk>/", issues.bulletin, name="bulletin"),
    path("bulletins/<int:pk>/items/", issues.items, name="items"),
    path("bulletins/<int:pk>/items/<int:item>/hold/", issues.hold, name="hold"),
    path("bulletins/<int:pk>/items/<int:item>/unhold/", issues.unhold, name="unhold"),
    path("bulletins/<int:pk>/edit/", issues.edit, name="edit"),
    path("bulletins/<int:pk>/refresh/", issues.refresh, name="refresh"),
    path("bulletins/<int:pk>/submit/", issues.submit, name="submit"),
    path("bulletins/<int:pk>/return/", issues.send_back, name="return"),
    path("bulletins/<int:pk>/withdraw/", issues.withdraw, name="withdraw"),
    path("bulletins/<int:pk>/sign/", issues.sign, name="sign"),
    path("bulletins/<int:pk>/read/", issues.mark_read, name="mark_read"),
    path("bulletins/<int:pk>/remind/", issues.remind, name="remind"),
    path("bulletins/<int:pk>/instruct/", issues.instruct, name="instruct"),
    path("bulletins/<int:pk>/docx/", issues.docx, name="docx"),
    path("letters/", letters.letters, name="letters"),
    path("letters/<int:pk>/", letters.letter, name="letter"),
    path("letters/<int:pk>/write/", letters.write, name="write_letter"),
    path("letters/<int:pk>/submit/", letters.submit, name="submit_letter"),
    path("letters/<int:pk>/return/", letters.send_back, name="return_letter"),
    path("letters/<int:pk>/sign/", letters.sign, name="sign_letter"),
    path("letters/<int:pk>/reply/", letters.reply, name="reply_letter"),
    path("letters/<int:pk>/docx/", letters.docx, name="letter_docx"),
]
