-- CreateTable
CREATE TABLE "ActivitySeries" (
    "id" SERIAL NOT NULL,
    "mountId" TEXT NOT NULL,
    "hostId" TEXT NOT NULL,

    CONSTRAINT "ActivitySeries_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ActivityPoint" (
    "step" INTEGER NOT NULL,
    "slot" INTEGER NOT NULL,
    "seriesId" INTEGER NOT NULL,
    "newestMs" INTEGER NOT NULL,
    "latencySeconds" DOUBLE PRECISION NOT NULL,
    "latencyMsSeconds" DOUBLE PRECISION NOT NULL,
    "latencyMostMs" DOUBLE PRECISION NOT NULL,
    "ioSeconds" DOUBLE PRECISION NOT NULL,
    "readBytes" DOUBLE PRECISION NOT NULL,
    "writtenBytes" DOUBLE PRECISION NOT NULL,
    "operations" DOUBLE PRECISION NOT NULL,
    "waitedMs" DOUBLE PRECISION NOT NULL,
    "isOfDisk" BOOLEAN NOT NULL,

    CONSTRAINT "ActivityPoint_pkey" PRIMARY KEY ("step","slot","seriesId")
);

-- CreateIndex
CREATE UNIQUE INDEX "ActivitySeries_mountId_hostId_key" ON "ActivitySeries"("mountId", "hostId");
